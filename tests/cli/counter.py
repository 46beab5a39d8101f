"""A shop that sells over the API into the command line's database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.payments.acquirer import Acquirer
from bezant.settings import Settings
from bezant.wiring import open_house
from tests.api.shelf import Shelf
from tests.factories.acquirer import FakeAcquirer
from tests.factories.catalog import GOLD_BAR, set_market
from tests.factories.checkout import CARD, Buyer
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.lifespan import open_app, transport_of
from tests.factories.shop import SECRET_KEY, Reply, make_sign_in
from tests.trading import deliveries
from tests.trading.desk import Desk, open_trading


@dataclass(frozen=True)
class Sold:
    """An order by all its names."""

    partner: str
    customer: str
    external_id: str
    number: str
    order_id: int


@dataclass(frozen=True)
class Delivery:
    """A delivery of digital metal by its names; `sku` is what is delivered."""

    partner: str
    customer: str
    external_id: str
    code: str
    sku: str


@dataclass(frozen=True)
class Counter:
    """Sells to a customer of a new partner's; one piece of gold unless told."""

    url: str

    def new_product(self, *, stock: int = 0) -> str:
        """The sku of a new product, of which there is so much."""

        async def put() -> str:
            db = await Database.connect(self.url)
            try:
                return (await Shelf(db, FakeClock(SystemClock().now())).put(stock=stock)).sku
            finally:
                await db.close()

        return asyncio.run(put())

    def in_cash(self, *, sku: str = GOLD_BAR, amount: int = 1) -> Sold:
        """An order that was paid in cash."""
        return self._sell(lambda buyer: buyer.complete(), sku=sku, amount=amount)

    def unpaid(self, *, sku: str = GOLD_BAR, amount: int = 1) -> Sold:
        """An order that waits for its payment."""
        return self._sell(
            lambda buyer: buyer.complete(payment_type="creditcard"), sku=sku, amount=amount
        )

    def by_card(self, acquirer: Acquirer | None = None) -> Sold:
        """An order that was paid by card, without 3-D."""
        card = CARD | {"is_3d": False}
        return self._sell(lambda buyer: buyer.pay_by_card(card), acquirer=acquirer)

    def delivery(self) -> Delivery:
        """A one gram bar ordered out of five grams of gold."""

        async def order() -> Delivery:
            clock = FakeClock(SystemClock().now())
            async with _open_shop(self.url, FakeAcquirer()) as partner:
                db = await Database.connect(self.url)
                desk = Desk(db, clock, partner)
                await open_trading(db, desk.partner_id)
                bar = await Shelf(db, clock).put(stock=3)
                assert (await desk.buy(5)).status == 200
                delivery = await deliveries.ordered(desk, bar.sku)
                await db.close()
                return Delivery(
                    partner=partner.sign_in.partner.code,
                    customer=desk.customer,
                    external_id=str(delivery["external_id"]),
                    code=str(delivery["order_code"]),
                    sku=bar.sku,
                )

        return asyncio.run(order())

    def _sell(
        self,
        how: Callable[[Buyer], Awaitable[Reply]],
        *,
        acquirer: Acquirer | None = None,
        sku: str = GOLD_BAR,
        amount: int = 1,
    ) -> Sold:
        async def sell() -> Sold:
            async with _open_shop(self.url, acquirer or FakeAcquirer()) as partner:
                buyer = await Buyer.enter(partner, sku=sku, amount=amount)
                reply = await how(buyer)
                assert reply.status == 200, reply.body
                order_id = reply.data["id"]
                assert isinstance(order_id, int)
                return Sold(
                    partner=partner.sign_in.partner.code,
                    customer=buyer.customer,
                    external_id=buyer.external_id,
                    number=str(reply.data["increment_id"]),
                    order_id=order_id,
                )

        return asyncio.run(sell())


@asynccontextmanager
async def _open_shop(url: str, acquirer: Acquirer) -> AsyncIterator[PartnerClient]:
    settings = Settings(
        database_url=url, secret_key=SECRET_KEY, log_level="error", three_d="optional"
    )
    now = SystemClock().now()
    db = await Database.connect(url)
    async with db.reading() as connection:
        await set_market(connection, at=now)
    async with open_app(lambda: open_house(settings, acquirer=acquirer)) as app:
        transport = transport_of(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bezant.test") as http:
            yield PartnerClient(http, await make_sign_in(db, now=now))
    await db.close()
