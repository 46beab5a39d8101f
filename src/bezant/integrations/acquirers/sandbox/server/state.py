"""The sandbox's own state: one SQLite file, which knows nothing of anybody else's.

Invariants: whatever an answer says is committed before; a process that is killed loses none
of it (the log is written ahead); a movement of money is inserted once and never changed. All
of it runs on the one thread of the server, so what stands in one function is not interleaved.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bezant.integrations.acquirers.sandbox.server.records import (
    CardRecord,
    ChargeRecord,
    NoticeRecord,
    RefundRecord,
)
from bezant.integrations.acquirers.sandbox.server.settings import IN_MEMORY
from bezant.integrations.acquirers.sandbox.wire import Movement, NoticesTold, Plan, Takings
from bezant.kernel.money import Currency

Row = TypeVar("Row", bound=msgspec.Struct)

BUSY_TIMEOUT_S: Final = 5
CACHED_STATEMENTS: Final = 64

SETUP: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS charge (
    reference       TEXT PRIMARY KEY,
    is_keeping      INTEGER NOT NULL,
    state           TEXT NOT NULL,
    amount          INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    instalment      INTEGER NOT NULL,
    behaviour       TEXT NOT NULL,
    is_enrolled     INTEGER NOT NULL,
    description     TEXT NOT NULL,
    language        TEXT NOT NULL,
    return_url      TEXT NOT NULL,
    challenge       TEXT NOT NULL,
    expires_at      INTEGER NOT NULL,
    wrong_codes     INTEGER NOT NULL,
    is_passed       INTEGER NOT NULL,
    transaction_id  TEXT NOT NULL,
    order_reference TEXT NOT NULL,
    auth_mode       TEXT NOT NULL,
    reason          TEXT NOT NULL,
    owner           TEXT NOT NULL,
    number_hash     TEXT NOT NULL,
    token           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    decided_at      INTEGER NOT NULL,
    notice          TEXT,
    notice_delay_ms INTEGER,
    lost_queries    INTEGER NOT NULL,
    query_delay_ms  INTEGER NOT NULL,
    refund_reply    TEXT NOT NULL,
    holder          TEXT NOT NULL,
    bin             TEXT NOT NULL,
    last_four       TEXT NOT NULL,
    expiry_year     INTEGER NOT NULL,
    expiry_month    INTEGER NOT NULL,
    association     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS charge_by_challenge ON charge (challenge) WHERE challenge <> '';
CREATE TABLE IF NOT EXISTS movement (
    movement_id INTEGER PRIMARY KEY,
    charge      TEXT NOT NULL,
    refund      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    amount      INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    commission  INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS movement_by_charge ON movement (charge);
CREATE INDEX IF NOT EXISTS movement_by_day ON movement (at);
CREATE TABLE IF NOT EXISTS refund (
    reference      TEXT PRIMARY KEY,
    charge         TEXT NOT NULL,
    amount         INTEGER NOT NULL,
    currency       TEXT NOT NULL,
    is_done        INTEGER NOT NULL,
    transaction_id TEXT NOT NULL,
    explanation    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS card (
    token        TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,
    number_hash  TEXT NOT NULL,
    behaviour    TEXT NOT NULL,
    is_enrolled  INTEGER NOT NULL,
    holder       TEXT NOT NULL,
    bin          TEXT NOT NULL,
    last_four    TEXT NOT NULL,
    expiry_year  INTEGER NOT NULL,
    expiry_month INTEGER NOT NULL,
    association  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plan (
    reference TEXT PRIMARY KEY,
    body      BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice (
    notice_id    INTEGER PRIMARY KEY,
    reference    TEXT NOT NULL,
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    is_pending   INTEGER NOT NULL,
    is_delivered INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS notice_by_charge ON notice (reference);
CREATE INDEX IF NOT EXISTS notice_pending ON notice (due_at) WHERE is_pending = 1;
"""


def _insertion(table: str, shape: type[msgspec.Struct]) -> str:
    names = shape.__struct_fields__
    return f"INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


FIND_CHARGE: Final = "SELECT * FROM charge WHERE reference = ?"
FIND_CHALLENGE: Final = "SELECT * FROM charge WHERE challenge = ? AND challenge <> ''"
ADD_CHARGE: Final = f"INSERT {_insertion('charge', ChargeRecord)}"
# What was decided is never decided again.
CHANGE_CHARGE: Final = """
    UPDATE charge
       SET state = :state, wrong_codes = :wrong_codes, is_passed = :is_passed, reason = :reason,
           token = :token, decided_at = :decided_at, notice = :notice,
           notice_delay_ms = :notice_delay_ms
     WHERE reference = :reference AND state = 'undecided'
"""
SPEND_QUERY: Final = "UPDATE charge SET lost_queries = lost_queries - 1 WHERE reference = ?"
SPEND_REFUND_REPLY: Final = "UPDATE charge SET refund_reply = 'normal' WHERE reference = ?"
ADD_MOVEMENT: Final = f"INSERT {_insertion('movement', Movement)}"
MOVEMENTS: Final = "SELECT * FROM movement WHERE charge = ? ORDER BY movement_id"
MOVEMENTS_BETWEEN: Final = """
    SELECT * FROM movement WHERE at >= ? AND at < ? ORDER BY movement_id
"""
REFUNDED: Final = """
    SELECT coalesce(sum(amount), 0) AS refunded FROM movement WHERE charge = ? AND kind = 'refund'
"""
TAKINGS: Final = """
    SELECT currency, sum(kind = 'capture') AS captures,
           sum(CASE kind WHEN 'capture' THEN amount ELSE 0 END) AS captured,
           sum(CASE kind WHEN 'refund' THEN amount ELSE 0 END) AS refunded
      FROM movement GROUP BY currency ORDER BY currency
"""
FIND_REFUND: Final = "SELECT * FROM refund WHERE reference = ?"
ADD_REFUND: Final = f"INSERT {_insertion('refund', RefundRecord)}"
FIND_CARD: Final = "SELECT * FROM card WHERE token = ?"
KEEP_CARD: Final = f"INSERT OR REPLACE {_insertion('card', CardRecord)}"
FORGET_CARD: Final = "DELETE FROM card WHERE token = ? AND owner = ?"
KEEP_PLAN: Final = "INSERT OR REPLACE INTO plan (reference, body) VALUES (?, ?)"
# A charge's own plan goes before that of the next charge, whose reference is empty.
FIND_PLAN: Final = """
    SELECT reference, body FROM plan WHERE reference IN (?, '') ORDER BY reference DESC LIMIT 1
"""
DROP_PLAN: Final = "DELETE FROM plan WHERE reference = ?"
ADD_NOTICE: Final = """
    INSERT INTO notice (reference, due_at, attempts, is_pending, is_delivered)
    VALUES (?, ?, 0, 1, 0)
"""
PENDING_NOTICES: Final = """
    SELECT notice_id, reference, due_at, attempts FROM notice
     WHERE is_pending = 1 ORDER BY due_at, notice_id
"""
END_NOTICE: Final = """
    UPDATE notice SET attempts = attempts + 1, is_pending = 0, is_delivered = ?
     WHERE notice_id = ? AND is_pending = 1
"""
POSTPONE_NOTICE: Final = """
    UPDATE notice SET attempts = attempts + 1, due_at = ? WHERE notice_id = ?
"""
IS_PENDING: Final = "SELECT 1 FROM notice WHERE notice_id = ? AND is_pending = 1"
COUNT_NOTICES: Final = """
    SELECT coalesce(sum(is_delivered), 0) AS delivered, coalesce(sum(is_pending), 0) AS pending
      FROM notice WHERE reference = ?
"""


class State:
    """The open file."""

    def __init__(self, path: str) -> None:
        if path != IN_MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(
            path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            # The application is made by one thread and served by another.
            check_same_thread=False,
        )
        self._file.row_factory = sqlite3.Row
        self._file.executescript(SETUP)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All of the block, or none of it."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def charge(self, reference: str) -> ChargeRecord | None:
        """A charge by the merchant's reference."""
        return self._one(ChargeRecord, FIND_CHARGE, reference)

    def challenged(self, challenge: str) -> ChargeRecord | None:
        """A charge by the name of its 3-D page."""
        return self._one(ChargeRecord, FIND_CHALLENGE, challenge)

    def add_charge(self, record: ChargeRecord) -> None:
        """Adds a charge. Its reference must be new."""
        self._file.execute(ADD_CHARGE, msgspec.structs.asdict(record))

    def change_charge(self, record: ChargeRecord) -> bool:
        """Changes a charge that is undecided; whether it was."""
        changed = self._file.execute(CHANGE_CHARGE, msgspec.structs.asdict(record))
        return changed.rowcount == 1

    def spend_lost_query(self, reference: str) -> None:
        """One answer fewer to be lost."""
        self._file.execute(SPEND_QUERY, (reference,))

    def spend_refund_reply(self, reference: str) -> None:
        """The next refund of a charge is answered."""
        self._file.execute(SPEND_REFUND_REPLY, (reference,))

    def add_movement(self, movement: Movement) -> None:
        """Writes down that money moved."""
        self._file.execute(ADD_MOVEMENT, msgspec.structs.asdict(movement))

    def movements(self, reference: str) -> list[Movement]:
        """Every movement of a charge, in order."""
        return self._all(Movement, MOVEMENTS, reference)

    def movements_between(self, first: int, end: int) -> list[Movement]:
        """Every movement from one moment until before another, in order."""
        return self._all(Movement, MOVEMENTS_BETWEEN, first, end)

    def refunded(self, reference: str) -> int:
        """What was given back of a charge."""
        total: int = self._file.execute(REFUNDED, (reference,)).fetchone()[0]
        return total

    def takings(self) -> list[Takings]:
        """All that was ever taken and given back, by currency."""
        return [
            Takings(Currency(row["currency"]), row["captures"], row["captured"], row["refunded"])
            for row in self._file.execute(TAKINGS)
        ]

    def refund(self, reference: str) -> RefundRecord | None:
        """A refund by the merchant's reference."""
        return self._one(RefundRecord, FIND_REFUND, reference)

    def add_refund(self, record: RefundRecord) -> None:
        """Adds a refund. Its reference must be new."""
        self._file.execute(ADD_REFUND, msgspec.structs.asdict(record))

    def card(self, token: str) -> CardRecord | None:
        """A kept card."""
        return self._one(CardRecord, FIND_CARD, token)

    def keep_card(self, record: CardRecord) -> None:
        """Keeps a card, in place of the same one."""
        self._file.execute(KEEP_CARD, msgspec.structs.asdict(record))

    def forget_card(self, token: str, owner: str) -> None:
        """Forgets an owner's card."""
        self._file.execute(FORGET_CARD, (token, owner))

    def keep_plan(self, reference: str, plan: Plan) -> None:
        """Keeps a plan until its charge comes; an empty reference is the next charge's."""
        self._file.execute(KEEP_PLAN, (reference, msgspec.json.encode(plan)))

    def take_plan(self, reference: str) -> Plan:
        """The plan of a charge that comes, which is then spent."""
        found = self._file.execute(FIND_PLAN, (reference,)).fetchone()
        if found is None:
            return _NO_PLAN
        self._file.execute(DROP_PLAN, (found["reference"],))
        return msgspec.json.decode(found["body"], type=Plan)

    def add_notice(self, reference: str, *, due_at: int) -> NoticeRecord:
        """A notice to be sent."""
        added = self._file.execute(ADD_NOTICE, (reference, due_at)).lastrowid
        assert added is not None
        return NoticeRecord(notice_id=added, reference=reference, due_at=due_at, attempts=0)

    def pending_notices(self) -> list[NoticeRecord]:
        """Every notice that is still to be sent, the first first."""
        return self._all(NoticeRecord, PENDING_NOTICES)

    def end_notice(self, notice_id: int, *, delivered: bool) -> None:
        """A notice that arrived, or that nobody wanted."""
        self._file.execute(END_NOTICE, (int(delivered), notice_id))

    def postpone_notice(self, notice: NoticeRecord, *, due_at: int) -> NoticeRecord:
        """A notice that is to be tried again."""
        self._file.execute(POSTPONE_NOTICE, (due_at, notice.notice_id))
        return msgspec.structs.replace(notice, due_at=due_at, attempts=notice.attempts + 1)

    def is_pending(self, notice_id: int) -> bool:
        """Whether a notice is still to be sent."""
        return self._file.execute(IS_PENDING, (notice_id,)).fetchone() is not None

    def count_notices(self, reference: str) -> NoticesTold:
        """How many notices of a charge arrived, and how many are to come."""
        row = self._file.execute(COUNT_NOTICES, (reference,)).fetchone()
        return NoticesTold(row["delivered"], row["pending"])

    def _one(self, shape: type[Row], statement: str, *values: str | int) -> Row | None:
        row = self._file.execute(statement, values).fetchone()
        # SQLite has no booleans; the lax mode takes 0 and 1 for them.
        return None if row is None else msgspec.convert(dict(row), shape, strict=False)

    def _all(self, shape: type[Row], statement: str, *values: str | int) -> list[Row]:
        rows = self._file.execute(statement, values)
        return [msgspec.convert(dict(row), shape, strict=False) for row in rows]


_NO_PLAN: Final = Plan()
