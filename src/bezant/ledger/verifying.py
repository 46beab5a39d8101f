"""Verification: recomputes the whole ledger from its postings, and names every difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bezant.kernel.db import Connection, Database
from bezant.kernel.ids import PartnerId
from bezant.ledger.chain import GENESIS, hash_of
from bezant.ledger.store import checks
from bezant.ledger.store import following as store
from bezant.ledger.store.following import Link

MAX_BREAKS: Final = 1_000
"""How many breaks of one rule are looked for."""
LINKS_AT_ONCE: Final = 2_000
HASHES: Final = "the chain's hashes are those of its journals"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that has to hold, and what breaks it."""

    rule: str
    breaks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a book's chain: kept elsewhere, it vouches for all before it."""

    partner_id: PartnerId
    position: int
    hash: bytes


async def verify(db: Database) -> list[Finding]:
    """Every rule with what breaks it; on sound books, none is broken.

    All of it is read in one snapshot, so it may run beside a busy server. The hashes are
    computed here and not by the database, from what its rows say.
    """
    async with db.snapshot() as connection:
        findings = [
            Finding(rule, await checks.breaks(connection, rule, limit=MAX_BREAKS))
            for rule in checks.CHECKS
        ]
        wrong: list[str] = []
        for partner_id in await store.books(connection):
            wrong += await _wrong_links(connection, partner_id, most=MAX_BREAKS - len(wrong))
    return [*findings, Finding(HASHES, wrong)]


async def heads(connection: Connection) -> list[Head]:
    """The last link of every chain that has one."""
    return [Head(*each) for each in await store.select_heads(connection)]


async def _wrong_links(connection: Connection, partner_id: PartnerId, *, most: int) -> list[str]:
    wrong: list[str] = []
    previous, position = GENESIS, 0
    while len(wrong) < most:
        links = await store.select_links(
            connection, partner_id, after=position, limit=LINKS_AT_ONCE
        )
        for link in links:
            if not _fits(link, previous):
                wrong.append(
                    f"link {link.position} of book {partner_id}: journal {link.journal_id}"
                )
            # What follows a break is measured against what it was chained to.
            previous, position = link.hash, link.position
        if len(links) < LINKS_AT_ONCE:
            break
    return wrong[:most]


def _fits(link: Link, previous: bytes) -> bool:
    return link.journal is not None and hash_of(link.journal, previous=previous) == link.hash
