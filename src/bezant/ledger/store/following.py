"""What the followers read and write: snapshots, the chain, and how far they have come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.ledger.chain import GENESIS, ChainedJournal, ChainedLine
from bezant.ledger.model import JournalId

if TYPE_CHECKING:
    from asyncpg import Record

_HAS_MORE: Final = """
    SELECT 1 FROM ledger_journal j WHERE j.partner_id = b.partner_id
"""

SELECT_TO_FOLD: Final = f"""
    SELECT b.partner_id FROM ledger_book b
     WHERE EXISTS ({_HAS_MORE} AND j.stamp >= b.folded_to)
     ORDER BY b.partner_id
"""

SELECT_TO_CHAIN: Final = f"""
    SELECT b.partner_id FROM ledger_book b
     WHERE EXISTS ({_HAS_MORE} AND j.stamp >= b.chained_to)
     ORDER BY b.partner_id
"""

FOLD: Final = """
    SELECT ledger_fold($1, $2, $3)
"""

ALIGN: Final = """
    SELECT ledger_align()
"""

LOCK_END: Final = """
    SELECT chained_to, chain_position FROM ledger_book
     WHERE partner_id = $1 FOR NO KEY UPDATE SKIP LOCKED
"""

SELECT_REACH: Final = """
    SELECT ledger_reach($1, $2, $3) AS reach,
           (SELECT hash FROM ledger_chain WHERE partner_id = $1 AND position = $4) AS hash
"""

_LINES: Final = """
    (SELECT coalesce(json_agg(json_build_array(
                p.line, a.kind, a.holder, a.asset, p.amount, p.balance_after)
                ORDER BY p.line), '[]')
       FROM ledger_posting p JOIN ledger_account a USING (partner_id, account_id)
      WHERE p.partner_id = j.partner_id AND p.journal_id = j.journal_id
        AND p.stamp = j.stamp) AS lines
"""

SELECT_UNCHAINED: Final = f"""
    SELECT j.partner_id, j.journal_id, j.kind, j.reference_kind, j.reference, j.description,
           j.posted_at, j.stamp, {_LINES}
      FROM ledger_journal j
     WHERE j.partner_id = $1 AND j.stamp >= $2 AND j.stamp < $3
     ORDER BY j.stamp, j.journal_id
"""

INSERT_LINKS: Final = """
    INSERT INTO ledger_chain (partner_id, position, journal_id, stamp, hash)
    SELECT $1, $2 + l.place, l.journal_id, l.stamp, l.hash
      FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) WITH ORDINALITY
           AS l (journal_id, stamp, hash, place)
"""

UPDATE_END: Final = """
    UPDATE ledger_book SET chained_to = $2, chain_position = $3 WHERE partner_id = $1
"""

SELECT_BOOKS: Final = """
    SELECT partner_id FROM ledger_book ORDER BY partner_id
"""

SELECT_CHAIN: Final = f"""
    SELECT c.position, c.hash, c.journal_id AS chained_id, j.partner_id, j.journal_id, j.kind,
           j.reference_kind, j.reference, j.description, j.posted_at, {_LINES}
      FROM ledger_chain c
      LEFT JOIN ledger_journal j
        ON j.partner_id = c.partner_id AND j.stamp = c.stamp AND j.journal_id = c.journal_id
     WHERE c.partner_id = $1 AND c.position > $2
     ORDER BY c.position LIMIT $3
"""

SELECT_HEADS: Final = """
    SELECT b.partner_id, b.chain_position, c.hash
      FROM ledger_book b
      JOIN ledger_chain c ON c.partner_id = b.partner_id AND c.position = b.chain_position
     ORDER BY b.partner_id
"""


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a book's chain ends: its last link, and the stamp that it has come to."""

    partner_id: PartnerId
    position: int
    hash: bytes
    chained_to: int


@dataclass(frozen=True, slots=True)
class NewLink:
    """A journal that is to be chained, with its place in the order and its hash."""

    journal_id: JournalId
    stamp: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a chain with the journal that it is of, if that is there."""

    position: int
    journal_id: JournalId
    hash: bytes
    journal: ChainedJournal | None


async def align(connection: Connection) -> int:
    """Goes on after a restore from a dump; how many books had to be aligned."""
    aligned: int = await connection.fetchval(ALIGN)
    return aligned


async def books_to_fold(connection: Connection) -> list[PartnerId]:
    """Books with journals that are not in their snapshots."""
    return [PartnerId(row[0]) for row in await connection.fetch(SELECT_TO_FOLD)]


async def books_to_chain(connection: Connection) -> list[PartnerId]:
    """Books with journals that are not in their chain."""
    return [PartnerId(row[0]) for row in await connection.fetch(SELECT_TO_CHAIN)]


async def books(connection: Connection) -> list[PartnerId]:
    """Every book."""
    return [PartnerId(row[0]) for row in await connection.fetch(SELECT_BOOKS)]


async def fold(connection: Connection, partner_id: PartnerId, *, limit: int, now: datetime) -> int:
    """Brings the snapshots of a book further; how many journals were folded."""
    folded: int = await connection.fetchval(FOLD, partner_id, limit, now)
    return folded


async def lock_end(tx: Tx, partner_id: PartnerId, *, limit: int) -> tuple[ChainEnd, int] | None:
    """Where the chain ends and how far it may go; None while another extends it."""
    row = await tx.fetchrow(LOCK_END, partner_id)
    if row is None:
        return None
    chained_to, position = row
    found = await tx.fetchrow(SELECT_REACH, partner_id, chained_to, limit, position)
    assert found is not None, "a selection without a table is one row"
    return ChainEnd(partner_id, position, found["hash"] or GENESIS, chained_to), found["reach"]


async def select_unchained(
    tx: Tx, end: ChainEnd, *, reach: int
) -> list[tuple[ChainedJournal, int]]:
    """The journals that come next, each with its stamp, in the order of the chain."""
    rows = await tx.fetch(SELECT_UNCHAINED, end.partner_id, end.chained_to, reach)
    return [(_journal(row), row["stamp"]) for row in rows]


async def insert_links(tx: Tx, end: ChainEnd, links: Sequence[NewLink], *, reach: int) -> None:
    """Appends links, and moves the end of the chain."""
    await tx.execute(
        INSERT_LINKS,
        end.partner_id,
        end.position,
        [each.journal_id for each in links],
        [each.stamp for each in links],
        [each.hash for each in links],
    )
    await tx.execute(UPDATE_END, end.partner_id, reach, end.position + len(links))


async def select_links(
    connection: Connection, partner_id: PartnerId, *, after: int, limit: int
) -> list[Link]:
    """Links of a chain after a position, each with its journal as it stands."""
    rows = await connection.fetch(SELECT_CHAIN, partner_id, after, limit)
    return [
        Link(
            row["position"],
            JournalId(row["chained_id"]),
            row["hash"],
            None if row["journal_id"] is None else _journal(row),
        )
        for row in rows
    ]


async def select_heads(connection: Connection) -> list[tuple[PartnerId, int, bytes]]:
    """The last link of each book's chain: book, position, hash."""
    rows = await connection.fetch(SELECT_HEADS)
    return [(PartnerId(row[0]), row[1], row[2]) for row in rows]


_DECODE_LINES: Final = msgspec.json.Decoder(list[ChainedLine])


def _journal(row: "Record") -> ChainedJournal:
    return ChainedJournal(
        partner_id=PartnerId(row["partner_id"]),
        journal_id=JournalId(row["journal_id"]),
        kind=row["kind"],
        reference_kind=row["reference_kind"],
        reference=row["reference"],
        description=row["description"],
        posted_at=row["posted_at"],
        lines=_DECODE_LINES.decode(row["lines"]),
    )
