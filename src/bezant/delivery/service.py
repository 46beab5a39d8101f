"""The verbs of delivery, each a step of the statement in which an order changes."""

from datetime import datetime
from uuid import UUID

from bezant.delivery import store
from bezant.delivery.model import Change, Dispatch, Shipment, require_way
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import Step


def entering(partner_id: PartnerId, guid: UUID, new: Shipment, *, now: datetime) -> Step[None]:
    """Enters the shipment of an order."""
    return store.enter(partner_id, guid, new, now=now)


def advancing(
    key: tuple[PartnerId, UUID], shipment: Shipment, dispatch: Dispatch, *, now: datetime
) -> tuple[Shipment, Step[None]]:
    """A shipment as staff takes it on, and what does so; only as it was read, or not at all.

    Raises `NoWayForShipment`.
    """
    require_way(shipment.status, dispatch.to)
    change = Change(dispatch.to, dispatch.by, now)
    parcel = dispatch.onto(shipment.parcel)
    after = shipment.taken_on(change, parcel)
    return after, store.advance(key, shipment.status, change, parcel)
