"""Orders of the last weeks, made by the verbs that make any order, each at moments of its own.

Invariants: a partner that has orders gets no others; the partners' first customers get none,
for their baskets are fixed; what is out of stock is not ordered.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from bezant.baskets import bulk
from bezant.baskets.model import BasketKey, BasketTerms, LoadedBasket
from bezant.catalog.model import NotEnoughStock
from bezant.checkout import completing, reading, refunding
from bezant.checkout.model import Completion, CompletionTerms, Placed
from bezant.checkout.refunding import RefundAsked
from bezant.checkout.views import OrderView
from bezant.cli.demo.baskets import HOLD_LIFE, SEED, Shelf, Shopper, basket_of, draw_lines
from bezant.cli.demo.enrolment import CHANNEL
from bezant.cli.demo.filling import PRICE_AGE_LIMIT, named_shopper, shelf_of
from bezant.cli.demo.shop import LEADS, DemoShop
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.money import Money
from bezant.kernel.paging import PageRequest
from bezant.kernel.texts import Language
from bezant.legal.model import AcceptedDocument
from bezant.legal.service import documents
from bezant.orders import service as orders
from bezant.orders.model import OrderFilter, OrderStatus
from bezant.partners.model import Partner
from bezant.payments.model import PaymentMethod
from bezant.payments.till import Till
from bezant.pricing.model import PricingTerms

STAFF: Final = "demo"


class End(Enum):
    """What becomes of an order besides its way through the house."""

    NONE = auto()
    WAITS = auto()
    """Its card is still to be given."""
    CANCELLED = auto()
    """Its card was never given."""
    REFUNDED = auto()
    PARTLY_REFUNDED = auto()


@dataclass(frozen=True, slots=True)
class Story:
    """An order to be: how old it is, which statuses it went through, and what became of it."""

    days: int
    way: tuple[OrderStatus, ...] = ()
    end: End = End.NONE

    @property
    def method(self) -> PaymentMethod:
        """How it is paid: in cash, unless nobody has paid it."""
        unpaid = self.end in (End.WAITS, End.CANCELLED)
        return PaymentMethod.CREDIT_CARD if unpaid else PaymentMethod.CASH


_PACKED: Final = (OrderStatus.PROCESSING, OrderStatus.PREPARING, OrderStatus.PACKED)
_SHIPPED: Final = (*_PACKED, OrderStatus.SHIPPED)
_COMPLETED: Final = (*_SHIPPED, OrderStatus.COMPLETED)
STORIES: Final = (
    Story(38, _COMPLETED),
    Story(33, (*_SHIPPED, OrderStatus.TRANSFERRING, OrderStatus.COMPLETED)),
    Story(29, _COMPLETED, End.REFUNDED),
    Story(26, end=End.CANCELLED),
    Story(21, _COMPLETED),
    Story(17, _COMPLETED, End.PARTLY_REFUNDED),
    Story(13, (OrderStatus.PROCESSING,), End.REFUNDED),
    Story(9, _COMPLETED),
    Story(6, (*_SHIPPED, OrderStatus.TRANSFERRING)),
    Story(5, _SHIPPED),
    Story(4, _PACKED),
    Story(3, _PACKED[:2]),
    Story(2, _PACKED[:1]),
    Story(2, end=End.CANCELLED),
    Story(1),
    Story(0, end=End.WAITS),
)
"""Every status in which an order paid in cash can rest, and those of one that nobody paid."""

_EARLIER: Final = timedelta(hours=9)
_BETWEEN: Final = timedelta(hours=7)
_THINKING: Final = timedelta(minutes=2)


async def make_orders(till: Till, shop: DemoShop, *, time_zone: ZoneInfo) -> int:
    """Makes the orders of partners that have none; how many were made."""
    made = 0
    for place, partner in enumerate(shop.partners):
        async with till.db.reading() as connection:
            if await _has_orders(connection, partner.partner_id):
                continue
            maker = await _Maker.of(connection, till, partner, time_zone=time_zone)
        # The customer at a place is that of the partner at `place % len(partners)`.
        people = shop.people[LEADS + place :: len(shop.partners)]
        for number, story in enumerate(STORIES):
            made += await maker.tell(story, people[number].external_id, number=number)
    return made


@dataclass(frozen=True, slots=True)
class _Then:
    """A clock that stands at one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the orders of one partner."""

    till: Till
    partner: Partner
    shelf: Shelf
    legals: Sequence[AcceptedDocument]
    terms: CompletionTerms
    chance: Random

    @classmethod
    async def of(
        cls, connection: Connection, till: Till, partner: Partner, *, time_zone: ZoneInfo
    ) -> "_Maker":
        now = till.clock.now()
        pricing = PricingTerms(partner.partner_id, partner.currency, PRICE_AGE_LIMIT, time_zone)
        in_force = await documents.documents_in_force(connection, language=Language.TR, now=now)
        return cls(
            till=till,
            partner=partner,
            shelf=await shelf_of(connection, partner, now=now),
            legals=[AcceptedDocument(one.type, one.version) for one in in_force if one.is_required],
            terms=CompletionTerms(
                BasketTerms(pricing, HOLD_LIFE, Language.TR),
                till.terms,
                till.charging() if till.acquirers else None,
            ),
            # Repeatable is what is wanted here; tokens have another source.
            chance=Random(f"{SEED}:{partner.code}"),  # noqa: S311
        )

    async def tell(self, story: Story, customer: str, *, number: int) -> bool:
        """Makes one order and leads it to its end; whether it could be ordered."""
        if story.method is PaymentMethod.CREDIT_CARD and self.terms.charging is None:
            return False
        moments = self._moments(story)
        at = next(moments)

        async def work(tx: Tx) -> OrderView:
            shopper = await named_shopper(tx, self.shelf, customer)
            placed = await self._place(tx, story, shopper, customer, (at, number))
            await self._lead(tx, story, placed.view.order_id, moments)
            return placed.view

        try:
            view = await self.till.db.write(work)
        except NotEnoughStock:
            return False
        await self._end(story, view, next(moments))
        return True

    def _moments(self, story: Story) -> Iterator[datetime]:
        """When it was ordered, and when each of the next things happened."""
        at = self.till.clock.now() - timedelta(days=story.days)
        if story.days:
            at -= _EARLIER * self.chance.random()
        while True:
            yield at
            at += _BETWEEN

    async def _place(
        self, tx: Tx, story: Story, shopper: Shopper, customer: str, when: tuple[datetime, int]
    ) -> Placed:
        at, number = when
        (basket_id,) = await bulk.take_basket_ids(tx, 1)
        lines = draw_lines(self.chance, self.shelf)
        basket = basket_of(shopper, basket_id, lines=lines, at=at)
        addresses = (shopper.shipping_address, shopper.billing_address)
        opened = LoadedBasket(basket, uuid4(), CHANNEL, at - _THINKING, *addresses)
        await bulk.load_baskets(tx, [opened])
        wanted = Completion(
            key=BasketKey(self.partner.partner_id, customer, basket.token),
            external_id=f"ORDER-{at:%Y%m%d}-{number + 1:02d}",
            method=story.method,
            card=None,
            legals=self.legals,
            note="",
            shown=None,
            language=Language.TR,
            # No call has this: whoever asks for such an order again is refused.
            asked_mac=secrets.token_bytes(32),
        )
        placed = await completing.place(tx, wanted, terms=self.terms, now=at)
        assert isinstance(placed, Placed), "the prices of a basket of this moment are held"
        return placed

    async def _lead(
        self, tx: Tx, story: Story, order_id: OrderId, moments: Iterator[datetime]
    ) -> None:
        for status in story.way:
            order = await orders.lock_order(tx, self.partner.partner_id, order_id)
            at = next(moments)
            await orders.change_status(tx, order, status, cause=STAFF, now=at)
            if status is OrderStatus.SHIPPED:
                number = f"{self.chance.randrange(10**12):012d}"
                url = f"https://cargo.example/{number}"
                await orders.set_cargo(tx, order, number=number, url=url, now=at)

    async def _end(self, story: Story, view: OrderView, at: datetime) -> None:
        till, named = replace(self.till, clock=_Then(at)), (view.partner_id, view.order_id)
        match story.end:
            case End.CANCELLED:
                await refunding.cancel_order(till, *named, by="customer", reason="Changed my mind")
            case End.REFUNDED:
                whole = RefundAsked(None, STAFF, "Müşteri vazgeçti")
                await refunding.refund_order(till, *named, whole)
            case End.PARTLY_REFUNDED:
                half = Money(view.figures.total.minor // 2, view.currency)
                await refunding.refund_order(till, *named, RefundAsked(half, STAFF, "Çizik külçe"))
            case End.NONE | End.WAITS:
                pass


async def _has_orders(connection: Connection, partner_id: PartnerId) -> bool:
    wanted = OrderFilter(partner_id=partner_id)
    one = PageRequest(1, 1)
    page = await reading.list_orders(connection, wanted, page=one, language=Language.TR)
    return bool(page.rows)
