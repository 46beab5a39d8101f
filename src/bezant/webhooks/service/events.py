"""Events: announced in the transaction of the change, sent again, listed, forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bezant.kernel.db import Connection, Database, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import Step, at_once
from bezant.webhooks.model import DeliveryState, DeliveryView, NewEvent, Resend, bodies
from bezant.webhooks.store import outbox, queue

KEPT: Final = {
    DeliveryState.DELIVERED: timedelta(days=30),
    DeliveryState.PARKED: timedelta(days=90),
}
"""How long a settled delivery can be sent again."""
JOB_LOG_KEPT: Final = timedelta(days=1)
MAX_EVENTS: Final = 500
"""Events that one call announces."""
FORGET_AT_ONCE: Final = 2_000
MAX_FORGETTING: Final = 100
"""Statements of one turn of forgetting, for each thing that is forgotten."""
AT_ONCE: Final = timedelta(0)


async def announce(
    tx: Tx, partner_id: PartnerId, events: Sequence[NewEvent], *, now: datetime
) -> None:
    """Tells a partner's endpoints of events, once this transaction commits. See `news`."""
    if events:
        await at_once(tx, news(partner_id, events, now=now))


def news(partner_id: PartnerId, events: Sequence[NewEvent], *, now: datetime) -> Step[None]:
    """Tells a partner's endpoints of events, once what it is a step of commits.

    Nothing is kept of an event that no endpoint wants at this moment. Whoever carries the step
    out has locked what each stream is about, so that their order is the order of commits;
    events of one step keep the order they are given in.
    """
    assert len(events) <= MAX_EVENTS
    return outbox.announce(partner_id, events, bodies=bodies(events, now=now), now=now)


async def announce_to_all(tx: Tx, events: Sequence[NewEvent], *, now: datetime) -> None:
    """Tells every partner's endpoints of events that concern them all."""
    assert len(events) <= MAX_EVENTS
    await outbox.announce_to_all(tx, events, bodies=bodies(events, now=now), now=now)


async def resend(tx: Tx, wanted: Resend, *, now: datetime) -> int:
    """Sends deliveries now, under their old ids; how many they are.

    What was parked or has arrived is sent again, what waits is not waited for any longer, and
    the three days begin anew.
    """
    found = await outbox.resend(tx, wanted, now=now)
    await queue.wake(tx, [(key, AT_ONCE) for key in dict.fromkeys(found)])
    return len(found)


async def list_deliveries(
    connection: Connection, partner_id: PartnerId | None, *, state: DeliveryState | None, limit: int
) -> list[DeliveryView]:
    """Deliveries of a partner or of all, newest event first."""
    return await outbox.select_deliveries(connection, partner_id, state=state, limit=limit)


async def forget(db: Database, *, now: datetime) -> None:
    """Forgets what was settled long ago, then the events that have no delivery left."""
    for state, kept in KEPT.items():
        for _ in range(MAX_FORGETTING):
            async with db.reading() as connection:
                gone = await outbox.forget_deliveries(
                    connection, state, before=now - kept, limit=FORGET_AT_ONCE
                )
            if gone < FORGET_AT_ONCE:
                break
    for _ in range(MAX_FORGETTING):
        async with db.reading() as connection:
            gone = await outbox.forget_events(
                connection, before=now - KEPT[DeliveryState.DELIVERED], limit=FORGET_AT_ONCE
            )
        if gone < FORGET_AT_ONCE:
            break
    async with db.reading() as connection:
        await queue.forget_jobs(connection, before=now - JOB_LOG_KEPT)
