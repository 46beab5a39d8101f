"""Shipments in the database."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from bezant.delivery.model import (
    Change,
    Parcel,
    Shipment,
    ShipmentStatus,
    ShipmentTold,
    promise_of,
)
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import Step, nothing

ENTER: Final = """
    SELECT enter_shipment($1, $2, $3, $4, $5, $6)
"""

ADVANCE: Final = """
    SELECT advance_shipment($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


def enter(partner_id: PartnerId, guid: UUID, new: Shipment, *, now: datetime) -> Step[None]:
    """Enters a shipment with its first status."""
    goods, parcel = new.goods, new.parcel
    row = ShipmentTold(
        goods.product_id,
        goods.sku,
        goods.name,
        goods.weight.micrograms,
        goods.amount,
        new.minting,
        new.insurance,
        new.shipping,
        new.ship_to,
        new.bill_to,
        new.status,
        parcel.carrier,
        parcel.tracking_number,
        parcel.tracking_url,
        new.minted,
    )
    promised_as = promise_of(partner_id, guid).order_id
    told = msgspec.json.encode(row).decode()
    args = (partner_id, guid, promised_as, told, new.changes[0].cause, now)
    return Step(ENTER, args, nothing)


def advance(
    key: tuple[PartnerId, UUID], before: ShipmentStatus, after: Change, parcel: Parcel
) -> Step[None]:
    """Takes a shipment on from the status that it was read with."""
    args = (
        *key,
        before,
        after.status,
        parcel.carrier,
        parcel.tracking_number,
        parcel.tracking_url,
        after.cause,
        after.at,
    )
    return Step(ADVANCE, args, nothing)
