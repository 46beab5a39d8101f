"""The verbs of the ledger: posting, holding, balances and statements."""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import Step, at_once
from bezant.ledger.assets import METALS
from bezant.ledger.model import (
    Account,
    Balance,
    Cover,
    HoldId,
    Journal,
    NewHold,
    Owner,
    OwnerKind,
    Period,
    Posted,
    Reference,
    Statement,
    StatementTooLong,
)
from bezant.ledger.store import balances as store
from bezant.ledger.store import entries

MAX_STATEMENT_LINES: Final = 10_000
_PARTNERS_OWN: Final = (OwnerKind.PARTNER, OwnerKind.SETTLEMENT)


async def post(tx: Tx, journal: Journal, *, now: datetime) -> Posted:
    """Posts a journal, in one round trip; sent again, it is answered as it was.

    Locks the accounts with a floor that it posts to or whose holds it consumes, in the order
    of their ids, until the transaction ends. A connection without a transaction will do where
    nothing else belongs to it. Accounts are opened as they are needed. Raises
    `InsufficientBalance` (holds whose time is over do not count), `JournalDiffers` where the
    reference was posted with another kind or other postings, and `HoldDiffers`; after any of
    them the transaction is over.
    """
    (posted,) = await at_once(tx, posting(journal, now=now))
    return posted


def posting(journal: Journal, *, now: datetime) -> Step[Posted]:
    """`post` as a step, for a statement in which other rooms have theirs."""
    return entries.post(journal, now=now)


async def hold(tx: Tx, partner_id: PartnerId, new: NewHold, *, now: datetime) -> HoldId:
    """Holds a part of an account, in one round trip; sent again, it is answered as it was.

    Locks the account. Raises `InsufficientBalance`, and `HoldDiffers` where the reference
    names another hold on this account, or one that has ended.
    """
    (held,) = await at_once(tx, holding(partner_id, new, now=now))
    return held


def holding(partner_id: PartnerId, new: NewHold, *, now: datetime) -> Step[HoldId]:
    """`hold` as a step."""
    return entries.hold(partner_id, new, now=now)


async def release_hold(
    tx: Tx, partner_id: PartnerId, reference: Reference, *, now: datetime
) -> int:
    """Gives back all that is held under a reference; how many holds that were, 0 for none.

    Locks the accounts. A hold that a journal is to use up is named in its `consumes` instead.
    """
    (released,) = await at_once(tx, releasing(partner_id, reference, now=now))
    return released


def releasing(partner_id: PartnerId, reference: Reference, *, now: datetime) -> Step[int]:
    """`release_hold` as a step."""
    return entries.release(partner_id, reference, now=now)


async def balances_of(
    connection: Connection, partner_id: PartnerId, owner: Owner, *, now: datetime
) -> list[Balance]:
    """What an owner has, for each account that was ever used, the oldest first."""
    return await store.select_balances(
        connection, partner_id, [owner.kind], owner.customer_id, now=now
    )


async def balances_of_partner(
    connection: Connection, partner_id: PartnerId, *, now: datetime
) -> list[Balance]:
    """The partner's own accounts, and those of its settlement with the operator."""
    nobody = CustomerId(0)
    return await store.select_balances(connection, partner_id, _PARTNERS_OWN, nobody, now=now)


async def cover_of(connection: Connection, metal: Metal) -> Cover:
    """What lies in the vault of a metal and what others than the house own, in all books.

    Reads the accounts without a floor of every book, so it is for a duty and not for a request.
    """
    assets = [asset for asset in METALS if asset.metal is metal]
    held, owned = await store.select_cover(connection, assets)
    return Cover(Weight(held, metal), Weight(owned, metal))


async def statement(
    connection: Connection, partner_id: PartnerId, account: Account, *, period: Period
) -> Statement:
    """An account over a period; one that was never used has nothing in it.

    Three reads, which a snapshot (`Database.snapshot`) makes one moment. Raises
    `StatementTooLong`.
    """
    found = await store.select_statement(
        connection, partner_id, account, period=period, limit=MAX_STATEMENT_LINES + 1
    )
    if len(found.lines) > MAX_STATEMENT_LINES:
        raise StatementTooLong(most=MAX_STATEMENT_LINES)
    return found
