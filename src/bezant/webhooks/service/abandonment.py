"""Abandoned baskets: found by their last change, announced once for each.

Invariant: for a partner we look at open baskets in the order of their last change and
remember how far we came, in the transaction that announces them. So a basket is announced
once unless it changes again, however many workers look.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from bezant.kernel.db import Connection, Database, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import BasketId, PartnerId, wire_guid
from bezant.kernel.money import exact_decimal
from bezant.webhooks import queries
from bezant.webhooks.addresses import why_refused
from bezant.webhooks.model import (
    LONGEST_ABANDONMENT,
    SHORTEST_ABANDONMENT,
    Abandonment,
    EventType,
    NewEvent,
    basket_stream,
)
from bezant.webhooks.queries import IdleBasket, IdleItem
from bezant.webhooks.service.events import announce
from bezant.webhooks.store import abandonments as store

PLACE: Final = "{token}"
BATCH: Final = 200
MAX_BATCHES: Final = 50
"""Batches that one partner gets in one turn; the rest waits for the next turn."""


class AbandonedBasket(msgspec.Struct, frozen=True):
    """The `data` of `basket.abandoned`. Sums are in whole units of the currency."""

    cart_token: str
    guid: str
    increment_id: str
    customer_external_id: str
    currency_code: str
    price: Decimal
    tax: Decimal
    total: Decimal
    items: Sequence[IdleItem]
    updated_at: datetime
    resume_url: str


async def tell_of_abandoned(
    tx: Tx, partner_id: PartnerId, *, after: timedelta, resume_url: str, now: datetime
) -> None:
    """Tells a partner of baskets that nobody has touched for `after`, from now on.

    Baskets last changed before this was first asked for are left alone. Raises `Invalid`.
    """
    if not SHORTEST_ABANDONMENT <= after <= LONGEST_ABANDONMENT:
        raise Invalid.field("after", "webhook.abandonment_out_of_range")
    # A customer's browser goes there, not we: it may well be an address of a test network.
    wrong = why_refused(resume_url.replace(PLACE, "token"), allows_private=True)
    if wrong is not None or resume_url.count(PLACE) != 1:
        raise Invalid.field("resume_url", "webhook.resume_url_malformed")
    await store.upsert_abandonment(
        tx,
        Abandonment(
            partner_id=partner_id,
            after=after,
            resume_url=resume_url,
            done_until=now,
            done_basket_id=BasketId(0),
        ),
    )


async def tell_no_more(tx: Tx, partner_id: PartnerId) -> None:
    """Tells a partner no more of abandoned baskets."""
    await store.delete_abandonment(tx, partner_id)


async def list_abandonments(connection: Connection) -> list[Abandonment]:
    """Every partner that is told, and of what."""
    return await store.select_abandonments(connection)


async def announce_abandoned(db: Database, *, now: datetime) -> None:
    """Announces the baskets that have become abandoned, for every partner that is told."""
    async with db.reading() as connection:
        told = await store.select_abandonments(connection)
    for each in told:
        for _ in range(MAX_BATCHES):
            async with db.transaction() as tx:
                seen = await announce_batch(tx, each.partner_id, now=now)
            if seen < BATCH:
                break


async def announce_batch(tx: Tx, partner_id: PartnerId, *, now: datetime) -> int:
    """Announces some baskets of one partner; how many were looked at.

    Locks how far we came with the partner; none are looked at when somebody else is at it.
    """
    told = await store.lock_abandonment(tx, partner_id)
    if told is None:
        return 0
    idle = await queries.idle_baskets(tx, told, until=now - told.after, limit=BATCH)
    if not idle:
        return 0
    # An empty basket is nobody's loss.
    events = [_abandoned(basket, told) for basket in idle if basket.items]
    await announce(tx, partner_id, events, now=now)
    last = idle[-1]
    await store.move_abandonment(tx, partner_id, until=last.updated_at, basket_id=last.basket_id)
    return len(idle)


def _abandoned(basket: IdleBasket, told: Abandonment) -> NewEvent:
    data = AbandonedBasket(
        cart_token=basket.token,
        guid=wire_guid(basket.guid),
        increment_id=basket.increment_id,
        customer_external_id=basket.external_customer_id,
        currency_code=basket.price.currency,
        price=exact_decimal(basket.price.minor, places=2),
        tax=exact_decimal(basket.tax.minor, places=2),
        total=exact_decimal((basket.price + basket.tax).minor, places=2),
        items=basket.items,
        updated_at=basket.updated_at,
        resume_url=told.resume_url.replace(PLACE, basket.token),
    )
    return NewEvent(EventType.BASKET_ABANDONED, basket_stream(basket.basket_id), data)
