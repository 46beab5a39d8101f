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

from bezant.integrations.acquirers.sandbox.server import statements
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
        self._file.executescript(statements.SETUP)

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
        return self._one(ChargeRecord, statements.FIND_CHARGE, reference)

    def challenged(self, challenge: str) -> ChargeRecord | None:
        """A charge by the name of its 3-D page."""
        return self._one(ChargeRecord, statements.FIND_CHALLENGE, challenge)

    def add_charge(self, record: ChargeRecord) -> None:
        """Adds a charge. Its reference must be new."""
        self._file.execute(statements.ADD_CHARGE, msgspec.structs.asdict(record))

    def change_charge(self, record: ChargeRecord) -> bool:
        """Changes a charge that is undecided; whether it was."""
        changed = self._file.execute(statements.CHANGE_CHARGE, msgspec.structs.asdict(record))
        return changed.rowcount == 1

    def spend_lost_query(self, reference: str) -> None:
        """One answer fewer to be lost."""
        self._file.execute(statements.SPEND_QUERY, (reference,))

    def spend_refund_reply(self, reference: str) -> None:
        """The next refund of a charge is answered."""
        self._file.execute(statements.SPEND_REFUND_REPLY, (reference,))

    def add_movement(self, movement: Movement) -> None:
        """Writes down that money moved."""
        self._file.execute(statements.ADD_MOVEMENT, msgspec.structs.asdict(movement))

    def movements(self, reference: str) -> list[Movement]:
        """Every movement of a charge, in order."""
        return self._all(Movement, statements.MOVEMENTS, reference)

    def movements_between(self, first: int, end: int) -> list[Movement]:
        """Every movement from one moment until before another, in order."""
        return self._all(Movement, statements.MOVEMENTS_BETWEEN, first, end)

    def refunded(self, reference: str) -> int:
        """What was given back of a charge."""
        total: int = self._file.execute(statements.REFUNDED, (reference,)).fetchone()[0]
        return total

    def takings(self) -> list[Takings]:
        """All that was ever taken and given back, by currency."""
        return [
            Takings(Currency(row["currency"]), row["captures"], row["captured"], row["refunded"])
            for row in self._file.execute(statements.TAKINGS)
        ]

    def refund(self, reference: str) -> RefundRecord | None:
        """A refund by the merchant's reference."""
        return self._one(RefundRecord, statements.FIND_REFUND, reference)

    def add_refund(self, record: RefundRecord) -> None:
        """Adds a refund. Its reference must be new."""
        self._file.execute(statements.ADD_REFUND, msgspec.structs.asdict(record))

    def card(self, token: str) -> CardRecord | None:
        """A kept card."""
        return self._one(CardRecord, statements.FIND_CARD, token)

    def keep_card(self, record: CardRecord) -> None:
        """Keeps a card, in place of the same one."""
        self._file.execute(statements.KEEP_CARD, msgspec.structs.asdict(record))

    def forget_card(self, token: str, owner: str) -> None:
        """Forgets an owner's card."""
        self._file.execute(statements.FORGET_CARD, (token, owner))

    def keep_plan(self, reference: str, plan: Plan) -> None:
        """Keeps a plan until its charge comes; an empty reference is the next charge's."""
        self._file.execute(statements.KEEP_PLAN, (reference, msgspec.json.encode(plan)))

    def take_plan(self, reference: str) -> Plan:
        """The plan of a charge that comes, which is then spent."""
        found = self._file.execute(statements.FIND_PLAN, (reference,)).fetchone()
        if found is None:
            return _NO_PLAN
        self._file.execute(statements.DROP_PLAN, (found["reference"],))
        return msgspec.json.decode(found["body"], type=Plan)

    def add_notice(self, reference: str, *, due_at: int) -> NoticeRecord:
        """A notice to be sent."""
        added = self._file.execute(statements.ADD_NOTICE, (reference, due_at)).lastrowid
        assert added is not None
        return NoticeRecord(notice_id=added, reference=reference, due_at=due_at, attempts=0)

    def pending_notices(self) -> list[NoticeRecord]:
        """Every notice that is still to be sent, the first first."""
        return self._all(NoticeRecord, statements.PENDING_NOTICES)

    def end_notice(self, notice_id: int, *, delivered: bool) -> None:
        """A notice that arrived, or that nobody wanted."""
        self._file.execute(statements.END_NOTICE, (int(delivered), notice_id))

    def postpone_notice(self, notice: NoticeRecord, *, due_at: int) -> NoticeRecord:
        """A notice that is to be tried again."""
        self._file.execute(statements.POSTPONE_NOTICE, (due_at, notice.notice_id))
        return msgspec.structs.replace(notice, due_at=due_at, attempts=notice.attempts + 1)

    def is_pending(self, notice_id: int) -> bool:
        """Whether a notice is still to be sent."""
        return self._file.execute(statements.IS_PENDING, (notice_id,)).fetchone() is not None

    def count_notices(self, reference: str) -> NoticesTold:
        """How many notices of a charge arrived, and how many are to come."""
        row = self._file.execute(statements.COUNT_NOTICES, (reference,)).fetchone()
        return NoticesTold(row["delivered"], row["pending"])

    def _one(self, shape: type[Row], statement: str, *values: str | int) -> Row | None:
        row = self._file.execute(statement, values).fetchone()
        # SQLite has no booleans; the lax mode takes 0 and 1 for them.
        return None if row is None else msgspec.convert(dict(row), shape, strict=False)

    def _all(self, shape: type[Row], statement: str, *values: str | int) -> list[Row]:
        rows = self._file.execute(statement, values)
        return [msgspec.convert(dict(row), shape, strict=False) for row in rows]


_NO_PLAN: Final = Plan()
