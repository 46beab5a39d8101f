"""Deliveries: grams blocked at once, and gone when they are shipped or there again."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from bezant.customers.model import AddressDetails, AddressType, NoSuchCustomer
from bezant.delivery.model import WAYS, Dispatch, NoWayForShipment, ShipmentStatus
from bezant.kernel.db import change_on
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.ledger.assets import Asset
from bezant.ledger.model import HoldKind, InsufficientBalance
from bezant.orders.model import ExternalIdUsed
from bezant.pricing.model import Part, PriceStale
from bezant.trading import delivering, delivery_steps
from bezant.trading.deliveries import DeliveryWanted, PiecesWanted
from bezant.trading.model import DigitalOrder
from tests.trading.machine.model import GRAM, Account, Done, Held, Model, Shipment, moves
from tests.trading.machine.world import World, mac

PARTS: Final = {Part.MINTED_MARKUP: (5_000, 0)}
"""A piece is a gram of gold, and its minting is all that is paid for."""
MINTING: Final = 5_000
_ADDRESS: Final = AddressDetails(
    type=AddressType.SHIPPING, fullname="John Due", phone="+905071112233", city="Ankara"
)


@dataclass(frozen=True)
class OrderDelivery:
    """Orders pieces out of a customer's gold."""

    book: int
    customer: str
    pieces: int
    external_id: str | None

    async def do(self, world: World) -> DigitalOrder:
        """Orders them, as the door does."""
        partner_id, now = world.partners[self.book], world.clock.now()
        pieces = PiecesWanted(
            partner_id=partner_id,
            customer=self.customer,
            sku=world.sku,
            amount=self.pieces,
            wallet=Asset.GAU,
        )
        wanted = DeliveryWanted(
            pieces=pieces,
            external_id=self.external_id,
            ship_to=_ADDRESS,
            bill_to=None,
            topup_minor=0,
            shown_minor=None,
            channel="machine",
            asked_mac=mac(self),
        )
        terms = world.terms(self.book, Currency.TRY)
        async with world.db.reading() as connection:
            return await change_on(
                connection, lambda on: delivering.place(on, wanted, terms=terms, now=now)
            )

    def fits(self, model: Model, told: object) -> bool:
        """Refused for what the customer has not, or the grams are blocked and the minting paid."""
        before = model.named.get((self.book, self.external_id or ""))
        if before is not None:
            if before.asked == self:
                return isinstance(told, DigitalOrder) and told.guid == _guid(before.answer)
            return isinstance(told, ExternalIdUsed)
        if (self.book, self.customer) not in model.known:
            return isinstance(told, NoSuchCustomer)
        if not model.is_open:
            return isinstance(told, PriceStale)
        gold: Account = (self.book, self.customer, Asset.GAU)
        cash: Account = (self.book, self.customer, Asset.TRY)
        units, cost = self.pieces * GRAM, self.pieces * MINTING
        for account, wanted in ((gold, units), (cash, cost)):
            if model.available(account) < wanted:
                return (
                    isinstance(told, InsufficientBalance)
                    and told.available.units == model.available(account)
                    and told.account.asset is account[2]
                )
        if not isinstance(told, DigitalOrder) or told.guid in model.guids:
            return False
        model.move(moves((cash, (self.book, "house", Asset.TRY), cost)))
        model.held[(self.book, f"delivery {told.guid}")] = Held(gold, units, HoldKind.BLOCKED, None)
        model.guids.add(told.guid)
        model.shipments[told.guid] = Shipment(self.book, self.customer, self.pieces)
        if self.external_id is not None:
            model.named[(self.book, self.external_id)] = Done(self, told)
        return told.total.minor == cost


@dataclass(frozen=True)
class TakeOn:
    """Takes a delivery to another status, as staff does."""

    guid: UUID
    book: int
    to: ShipmentStatus

    async def do(self, world: World) -> ShipmentStatus:
        """Takes it on; where it is now."""
        partner_id, now = world.partners[self.book], world.clock.now()
        dispatch = Dispatch(to=self.to, by="Elif", carrier="Kargo", tracking_number="1")
        _, after = await world.db.write(
            lambda tx: delivery_steps.advance(tx, partner_id, self.guid, dispatch, now=now)
        )
        assert after.delivery is not None
        return after.delivery.status

    def fits(self, model: Model, told: object) -> bool:
        """Shipped or cancelled once: the grams are gone, or everything is there again."""
        shipment = model.shipments[self.guid]
        if self.to not in WAYS.get(shipment.status, frozenset()):
            return isinstance(told, NoWayForShipment)
        key = (self.book, f"delivery {self.guid}")
        held, house = model.held[key], (self.book, "house", Asset.GAU)
        if self.to is ShipmentStatus.SHIPPED:
            model.held[key] = replace(held, is_ended=True)
            model.move(moves((held.account, house, held.units)))
            model.free[Metal.GOLD] += held.units
        if self.to is ShipmentStatus.CANCELLED:
            model.held[key] = replace(held, is_ended=True)
            cash = (self.book, shipment.customer, Asset.TRY)
            paid = shipment.pieces * MINTING
            model.move(moves(((self.book, "house", Asset.TRY), cash, paid)))
        model.shipments[self.guid] = replace(shipment, status=self.to)
        return told is self.to


def _guid(answer: object) -> UUID:
    assert isinstance(answer, DigitalOrder)
    return answer.guid
