"""Halting and resuming the sale of a metal, so that every partner hears of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bezant.kernel.db import Tx
from bezant.kernel.metal import Metal
from bezant.pricing import service as pricing
from bezant.webhooks.model import EventType, NewEvent, metal_stream
from bezant.webhooks.service.events import announce_to_all


class Halted(msgspec.Struct, frozen=True):
    """The `data` of `price.halted`."""

    metal: Metal
    reason: str


class Resumed(msgspec.Struct, frozen=True):
    """The `data` of `price.resumed`."""

    metal: Metal


async def halt(tx: Tx, metals: Sequence[Metal], *, reason: str, now: datetime) -> None:
    """Stops every quote of these metals until `resume`. Raises `Invalid` for the reason."""
    await pricing.halt(tx, metals, reason=reason, now=now)
    events = [
        NewEvent(EventType.PRICE_HALTED, metal_stream(metal), Halted(metal, reason))
        for metal in sorted(metals)
    ]
    await announce_to_all(tx, events, now=now)


async def resume(tx: Tx, metals: Sequence[Metal], *, now: datetime) -> list[Metal]:
    """Ends halts; the metals that were halted."""
    resumed = await pricing.resume(tx, metals)
    events = [
        NewEvent(EventType.PRICE_RESUMED, metal_stream(metal), Resumed(metal)) for metal in resumed
    ]
    if events:
        await announce_to_all(tx, events, now=now)
    return resumed
