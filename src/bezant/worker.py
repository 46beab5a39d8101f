"""The background worker: brings prices in, and forgets what may be forgotten.

Several may run at once: a price is only ever replaced by a newer one, and forgetting twice
is forgetting once. Each duty runs on its own, and one that fails is logged and tried again
at its next turn; this is one of the two places that catch everything.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from bezant.checkout import invoicing, settling
from bezant.checkout.reading import deal_of
from bezant.kernel.clock import Clock, SystemClock
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.logs import configure_logs
from bezant.ledger import following as ledger
from bezant.legal.model import Deal
from bezant.legal.service import copies, invoices
from bezant.partners.service import admission, replies
from bezant.payments.service import cards, keepings, legs, returning
from bezant.payments.till import Till
from bezant.pricing import service as pricing
from bezant.pricing.feed import Feed
from bezant.settings import Settings, load_settings
from bezant.trading import card_settling, quoting
from bezant.trading import invoicing as digital_invoicing
from bezant.web.digest.nonces import MAX_SKEW, nonce_time_key
from bezant.webhooks.delivering import wake_overdue
from bezant.webhooks.running import DeliveryTerms, run_deliveries
from bezant.webhooks.service import events
from bezant.webhooks.service.abandonment import announce_abandoned
from bezant.wiring import (
    card_desk_of,
    feed_of,
    invoice_terms_of,
    open_database,
    parties_of,
    till_of,
    webhook_vault_of,
)

PRICES_EVERY_S: Final = 1.0
NONCES_EVERY_S: Final = 20.0
REPLIES_EVERY_S: Final = 600.0
RECONNECT_AFTER_S: Final = 1.0
OVERDUE_EVERY_S: Final = 15.0
ABANDONED_EVERY_S: Final = 30.0
FORGET_EVERY_S: Final = 600.0
CHARGES_EVERY_S: Final = 2.0
UNPAID_EVERY_S: Final = 5.0
REFUNDS_EVERY_S: Final = 5.0
COPIES_EVERY_S: Final = 5.0
INVOICES_EVERY_S: Final = 2.0
MOST_TURNS: Final = 200
NICENESS: Final = 10
VISITS_EVERY_S: Final = 60.0
FORGET_CARDS_EVERY_S: Final = 15.0
HOLDS_EVERY_S: Final = 2.0
SNAPSHOTS_EVERY_S: Final = 1.0
CHAINS_EVERY_S: Final = 2.0
FIXES_EVERY_S: Final = 60.0

_log: Final = structlog.get_logger("bezant.worker")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done again and again."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[object]]


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Does every duty until `stop` is set."""
    db, clock = await open_database(settings), SystemClock()
    till = till_of(settings, db, clock)
    try:
        async with asyncio.TaskGroup() as group:
            for duty in (
                *duties(settings, db, clock),
                *webhook_duties(settings, db, clock, stop=stop),
                *checkout_duties(settings, db, till, stop=stop),
                *card_duties(settings, till),
                *ledger_duties(db, clock),
                *trading_duties(db, clock),
            ):
                group.create_task(_repeat(duty, stop), name=duty.name)
    finally:
        await till.close()
        await db.close()


def duties(settings: Settings, db: Database, clock: Clock) -> list[Duty]:
    """What this worker does."""
    feed = feed_of(settings)
    nonce_life = timedelta(seconds=settings.nonce_life_s)

    async def forget_nonces() -> None:
        # A node whose clock is behind may still accept a nonce that is over by ours.
        over = nonce_time_key(clock.now() - nonce_life - MAX_SKEW)
        async with db.reading() as connection:
            await admission.forget_old_nonces(connection, before=over)

    async def forget_replies() -> None:
        async with db.reading() as connection:
            await replies.forget_expired(connection, now=clock.now())

    found = [
        Duty("forget nonces", NONCES_EVERY_S, forget_nonces),
        Duty("forget replies", REPLIES_EVERY_S, forget_replies),
    ]
    if feed is not None:
        found.append(Duty("prices", PRICES_EVERY_S, lambda: _take_prices(feed, db, clock)))
    return found


def webhook_duties(
    settings: Settings, db: Database, clock: Clock, *, stop: asyncio.Event
) -> list[Duty]:
    """What this worker does for webhooks."""
    assert settings.database_url is not None
    terms = DeliveryTerms(
        settings.database_url,
        settings.database_cached_statements,
        db,
        clock,
        webhook_vault_of(settings),
    )
    return [
        # One turn lasts until `stop`, or until its connection is lost.
        Duty("webhooks", RECONNECT_AFTER_S, lambda: run_deliveries(terms, stop)),
        Duty("overdue webhooks", OVERDUE_EVERY_S, lambda: wake_overdue(db, now=clock.now())),
        Duty(
            "abandoned baskets", ABANDONED_EVERY_S, lambda: announce_abandoned(db, now=clock.now())
        ),
        Duty("forget webhooks", FORGET_EVERY_S, lambda: events.forget(db, now=clock.now())),
    ]


def checkout_duties(
    settings: Settings, db: Database, till: Till, *, stop: asyncio.Event
) -> list[Duty]:
    """What this worker does for orders: nothing that was begun stays without an end."""
    parties = parties_of(settings)

    terms = invoice_terms_of(settings)

    async def deal(partner_id: PartnerId, order_id: OrderId) -> Deal:
        return await deal_of(db, partner_id, order_id, parties=parties)

    async def keep_copies() -> None:
        for _ in range(MOST_TURNS):
            if stop.is_set():
                break
            now = till.clock.now()
            kept = await copies.keep_accepted_copies(db, deal, now=now)
            kept += await invoices.keep_invoices(db, deal, now=now)
            # A document can wait, and one that is asked for is printed at once; who buys cannot.
            if not kept or _is_busy():
                break

    async def issue_invoices() -> None:
        for due in (invoicing.DUE, digital_invoicing.DUE):
            await invoices.issue_due(db, due, terms=terms, now=till.clock.now())

    return [
        Duty("charges", CHARGES_EVERY_S, lambda: legs.sweep(till)),
        Duty("unpaid orders", UNPAID_EVERY_S, lambda: settling.release_overdue(till)),
        Duty("unpaid metal", UNPAID_EVERY_S, lambda: card_settling.release_overdue(till)),
        Duty("refunds", REFUNDS_EVERY_S, lambda: returning.send_refunds(till)),
        Duty("invoices", INVOICES_EVERY_S, issue_invoices),
        Duty("copies of documents", COPIES_EVERY_S, keep_copies),
    ]


def _is_busy() -> bool:
    """Whether more has wanted to run on this machine lately than it has processors for."""
    return os.getloadavg()[0] > (os.cpu_count() or 1)


def card_duties(settings: Settings, till: Till) -> list[Duty]:
    """What this worker does for kept cards: those that were removed the acquirer forgets."""

    async def tidy() -> None:
        async with till.db.reading() as connection:
            await keepings.tidy_keepings(connection, now=till.clock.now())

    found = [Duty("visits to give a card", VISITS_EVERY_S, tidy)]
    desk = card_desk_of(settings, till)
    if desk is not None:
        forget = partial(cards.forget_at_acquirer, desk)
        found.append(Duty("forget cards", FORGET_CARDS_EVERY_S, forget))
    return found


def ledger_duties(db: Database, clock: Clock) -> list[Duty]:
    """What this worker does for the ledger: what is off the path of whoever posts."""
    return [
        Duty("ledger holds", HOLDS_EVERY_S, lambda: ledger.expire_holds(db, now=clock.now())),
        Duty(
            "ledger snapshots",
            SNAPSHOTS_EVERY_S,
            lambda: ledger.fold_snapshots(db, now=clock.now()),
        ),
        Duty("ledger chain", CHAINS_EVERY_S, lambda: ledger.extend_chains(db)),
    ]


def trading_duties(db: Database, clock: Clock) -> list[Duty]:
    """What this worker does for digital metal: promises that are long over are forgotten."""

    async def forget_fixes() -> None:
        async with db.transaction() as tx:
            await quoting.forget_fixes(tx, now=clock.now())

    return [Duty("forget price fixes", FIXES_EVERY_S, forget_fixes)]


async def _take_prices(feed: Feed, db: Database, clock: Clock) -> None:
    # Asked before the transaction opens: none waits for a market.
    now = clock.now()
    prices = await feed.prices(now)
    async with db.transaction() as tx:
        await pricing.record_prices(tx, prices, now=now)


async def _repeat(duty: Duty, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await duty.work()
        except BezantError as error:
            _log.warning("duty refused", duty=duty.name, reason=str(error))
        except Exception:  # noqa: BLE001 - the boundary: one bad turn must not end the duty.
            _log.exception("duty failed", duty=duty.name)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), duty.every_s)


def main(*, leave_with_parent: bool = False) -> None:
    """Runs a worker until SIGTERM or SIGINT, or, if told so, until standard input closes."""
    settings = load_settings()
    configure_logs(settings.log_level)
    asyncio.run(_main(settings, leave_with_parent=leave_with_parent))


def _stand_back() -> None:
    """Lets who waits for an answer come first; what is done here can wait for a moment."""
    os.nice(NICENESS)
    # Linux shares out its processors by session first, and this process leads one of its own:
    # its niceness counts within the session, and the session has another one (sched(7)).
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS), encoding="ascii")


async def _main(settings: Settings, *, leave_with_parent: bool) -> None:
    _stand_back()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    if leave_with_parent:
        # Nothing is ever written there: it becomes readable when the parent has gone.
        loop.add_reader(sys.stdin.fileno(), stop.set)
    await run(settings, stop)


if __name__ == "__main__":
    main(leave_with_parent="--leave-with-parent" in sys.argv[1:])
