"""The verbs of the vault: taking bars in and out, and counting what is sold against them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import uuid4

import structlog

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import BezantError
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.steps import DatabaseRefusal, Step, at_once
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount
from bezant.ledger.model import HOUSE, OPERATOR, VAULT, Journal, JournalKind, Move, Owner, Reference
from bezant.vault import store
from bezant.vault.model import (
    BAR_ASSET,
    MAX_BARS,
    Bar,
    BarId,
    BarIsOut,
    NewBar,
    NoSuchBar,
    SalesFrozen,
    SeveralBars,
    intake_reference,
    withdrawal_reference,
)

_log: Final = structlog.get_logger("bezant.vault")


def sold(weights: Iterable[Weight]) -> Step[None]:
    """Counts what others come to own, in the statement that gives it to them.

    Comes after the steps that lock accounts. Locks one stripe of each metal, or all of them where
    no free one has enough. Refused as `SalesFrozen` where the vault does not cover it.
    """
    step = store.count({metal: -total for metal, total in _sums(weights).items()})

    def refused(error: DatabaseRefusal) -> BezantError | None:
        fact = step.refused(error)
        if isinstance(fact, SalesFrozen):
            _log.error("vault.sales_frozen", metal=fact.metal)
        return fact

    return replace(step, refused=refused)


def bought_back(weights: Iterable[Weight]) -> Step[None]:
    """Counts what the house gets back from its owners; as `sold`, and never refused.

    So is what is delivered: the house gets the grams, and gives a piece of its stock for them.
    """
    return store.count(_sums(weights))


async def take_in(connection: Connection, new: NewBar, *, now: datetime) -> BarId:
    """Takes a bar in: its row, its journal and the headroom, by one statement.

    The first bar of a metal that was sold before begins to guard it. Raises `BarIsIn`.
    """
    bar_id = BarId(uuid4())
    journal = _journal(intake_reference(bar_id), new, source=VAULT, target=HOUSE)
    await at_once(connection, store.take_in(bar_id, new, now=now), ledger.posting(journal, now=now))
    return bar_id


async def take_in_all(tx: Tx, bars: Sequence[NewBar], *, now: datetime) -> None:
    """Takes all of these bars in, or none. Raises `BarIsIn`."""
    for new in bars:
        await take_in(tx, new, now=now)


async def withdraw(connection: Connection, bar: Bar, *, anyway: bool, now: datetime) -> None:
    """Takes a bar out: its row, its journal and the headroom, by one statement.

    `anyway` is for a bar that is not there any more, whatever is owned of its metal: then sales
    of it are frozen. Raises `BarIsOut`, and `BarNeeded` where the rest does not cover what is
    owned.
    """
    journal = _journal(withdrawal_reference(bar.bar_id), bar, source=HOUSE, target=VAULT)
    await at_once(
        connection,
        store.withdraw(bar, anyway=anyway, now=now),
        ledger.posting(journal, now=now),
    )


async def bars(
    connection: Connection, metal: Metal | None, *, with_withdrawn: bool = False
) -> list[Bar]:
    """What lies there, and what ever did if that is wanted; `MAX_BARS` at most."""
    return await store.select_bars(connection, metal, with_withdrawn=with_withdrawn, limit=MAX_BARS)


async def history_of(connection: Connection, serial: str, *, refiner: str | None) -> list[Bar]:
    """Each stay of the bar with this serial, the first one first.

    Raises `NoSuchBar`, and `SeveralBars` where the refiner has to be said.
    """
    found = await store.select_bars_of_serial(connection, serial, refiner=refiner, limit=MAX_BARS)
    if not found:
        raise NoSuchBar(serial=serial)
    if len({each.refiner for each in found}) > 1:
        raise SeveralBars(serial=serial)
    return found


async def find_bar_in(connection: Connection, serial: str, *, refiner: str | None) -> Bar:
    """The bar with this serial, while it is in. Raises as `history_of`, and `BarIsOut`."""
    last = (await history_of(connection, serial, refiner=refiner))[-1]
    if last.withdrawn_at is not None:
        raise BarIsOut(refiner=last.refiner, serial=last.serial)
    return last


def _sums(weights: Iterable[Weight]) -> dict[Metal, int]:
    sums: dict[Metal, int] = {}
    for weight in weights:
        sums[weight.metal] = sums.get(weight.metal, 0) + weight.micrograms
    return sums


def _journal(reference: Reference, bar: Bar | NewBar, *, source: Owner, target: Owner) -> Journal:
    return Journal(
        partner_id=OPERATOR,
        kind=JournalKind.VAULT,
        reference=reference,
        moves=(Move(Amount.of_weight(bar.fine, BAR_ASSET[bar.metal]), source, target),),
        description=f"{bar.refiner} {bar.serial}",
    )
