"""The SQL of the sandbox's state, in SQLite's dialect; each table has its record's fields."""

from typing import Final

import msgspec

from bezant.integrations.acquirers.sandbox.server.records import (
    CardRecord,
    ChargeRecord,
    RefundRecord,
)
from bezant.integrations.acquirers.sandbox.wire import Movement

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
