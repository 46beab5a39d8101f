"""Staff takes a paid order on: prepared, packed, shipped, completed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from bezant.checkout import reading
from bezant.checkout.announcing import announce_order, events_of_status
from bezant.kernel.db import Tx
from bezant.kernel.errors import BezantError, Invalid, Kind
from bezant.kernel.ids import OrderId, PartnerId
from bezant.orders import service as orders
from bezant.orders.model import STAFF_WAYS, Order, OrderStatus, StatusChange, require_name
from bezant.webhooks.model import EventType

CARGO_NUMBER_LENGTH: Final = 110
CARGO_URL_LENGTH: Final = 500

_ON_ITS_WAY: Final = frozenset({OrderStatus.SHIPPED, OrderStatus.TRANSFERRING})
"""In these a parcel is on its way; coming to one, or on from one, it has got further."""


class NotSetByHand(BezantError):
    """This status follows from payments and refunds."""

    kind = Kind.CONFLICT
    text = "order.not_set_by_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """To which status staff takes an order, and who. Cargo that is None stays as it is."""

    to: OrderStatus
    by: str
    cargo_number: str | None = None
    cargo_url: str | None = None

    @property
    def has_cargo(self) -> bool:
        """Whether it says anything of the parcel."""
        return self.cargo_number is not None or self.cargo_url is not None


async def advance_order(
    tx: Tx, partner_id: PartnerId, order_id: OrderId, step: Step, *, now: datetime
) -> StatusChange:
    """Takes an order to another status, and tells its partner.

    The order's row is locked. Raises `NoSuchOrder`, `NoWayThere`, `NotSetByHand`, and
    `Invalid` for `by` and for what it says of the parcel.
    """
    _require_sayable(step)
    if step.to not in STAFF_WAYS:
        raise NotSetByHand(status=step.to.shown)
    order = await orders.lock_order(tx, partner_id, order_id)
    change = await orders.change_status(tx, order, step.to, cause=step.by, now=now)
    if step.has_cargo:
        await _set_cargo(tx, order, step, now=now)
    events = events_of_status(step.to)
    if step.has_cargo or _ON_ITS_WAY & {change.before, change.after}:
        events.append(EventType.DELIVERY_STATUS_CHANGED)
    await announce_order(tx, order, events, now=now)
    return change


async def _set_cargo(tx: Tx, order: Order, step: Step, *, now: datetime) -> None:
    view = await reading.show_order(tx, order.partner_id, order.order_id, language=order.language)
    number = view.cargo_number if step.cargo_number is None else step.cargo_number
    url = view.cargo_url if step.cargo_url is None else step.cargo_url
    await orders.set_cargo(tx, order, number=number, url=url, now=now)


def _require_sayable(step: Step) -> None:
    require_name(step.by)
    if len(step.cargo_number or "") > CARGO_NUMBER_LENGTH:
        raise Invalid.field("cargo-number", "field.length", min=0, max=CARGO_NUMBER_LENGTH)
    if len(step.cargo_url or "") > CARGO_URL_LENGTH:
        raise Invalid.field("cargo-url", "field.length", min=0, max=CARGO_URL_LENGTH)
    # It becomes a link in somebody's page, so it is one and runs nothing.
    if step.cargo_url and not _is_web_address(step.cargo_url):
        raise Invalid.field("cargo-url", "field.pattern")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
