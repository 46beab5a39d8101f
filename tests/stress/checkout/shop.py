"""A shop of real processes that takes cards, and the customers who fill baskets in it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import httpx

from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.integrations.acquirers.sandbox.control import SandboxControl
from bezant.integrations.acquirers.sandbox.wire import Takings
from bezant.kernel.db import Database
from bezant.kernel.money import Currency
from bezant.payments.till import Till
from bezant.settings import Settings
from tests.api.shelf import Goods, Shelf
from tests.factories.checkout import CARD, Buyer
from tests.factories.client import PartnerClient
from tests.factories.sandbox import SANDBOX_SECRET
from tests.factories.servers import LiveServer, free_port, start_server, start_verb, wait_until
from tests.factories.shop import Reply, billing_body, shipping_body

S = TypeVar("S")
T = TypeVar("T")

AT_ONCE = 20
NO_3D = CARD | {"card_number": "4532010000000008", "is_3d": False}
"""A card that is charged without a question."""
OTHER_NO_3D = CARD | {"card_number": "4765120000000003", "is_3d": False}
"""Another one."""
WITH_3D = CARD | {"card_number": "5528740000000003", "is_3d": True}
"""A card whose bank asks the customer."""


@dataclass(frozen=True)
class Standing:
    """The processes of a shop, and the settings that they were started with."""

    settings: Settings
    server: LiveServer
    sandbox_url: str


@contextmanager
def standing(settings: Settings, **variables: str) -> Iterator[Standing]:
    """Starts a server and its acquirer, each told where the other is; and stops both."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    told = {
        "BEZANT_ACQUIRER": "sandbox",
        "BEZANT_SANDBOX_URL": url,
        "BEZANT_SANDBOX_KEY": SANDBOX_SECRET,
        "BEZANT_THREE_D": "optional",
        "BEZANT_LOG_LEVEL": "warning",
        "BEZANT_WEBHOOKS_ALLOW_PRIVATE": "true",
        **variables,
    }
    with start_server(settings, workers=2, variables=told) as server:
        options = {
            "--port": str(port),
            "--key": SANDBOX_SECRET,
            "--notice-url": f"{server.base_url}/pay/notices/sandbox",
            "--notice": "never",
        }
        parts = [part for option in options.items() for part in option]
        with start_verb(settings, "sandbox", *parts) as sandbox:
            wait_until(lambda: _is_up(url, sandbox))
            changed = settings.with_changes(
                acquirer="sandbox", sandbox_url=url, sandbox_key=SANDBOX_SECRET
            )
            yield Standing(changed, server, url)


def _is_up(url: str, sandbox: LiveServer) -> bool:
    assert sandbox.process.poll() is None, sandbox.log.read_text()
    try:
        return httpx.get(f"{url}/healthz").is_success
    except httpx.TransportError:
        return False


@dataclass(frozen=True)
class Shop:
    """A shop that is open: its processes, its database, a partner, and the acquirer's levers.

    `till` is one in this process, at the same database and the same acquirer.
    """

    standing: Standing
    db: Database
    till: Till
    partner: PartnerClient
    access: SandboxAccess
    acquirer: SandboxAcquirer
    control: SandboxControl
    shelf: Shelf

    @property
    def http(self) -> httpx.AsyncClient:
        """The client that the partner calls with; a customer's browser uses it as well."""
        return self.partner.http

    async def takings(self) -> Takings:
        """What the sandbox has taken and given back so far."""
        for found in await self.control.takings():
            if found.currency is Currency.TRY:
                return found
        return Takings(Currency.TRY, 0, 0, 0)

    async def buyers(self, count: int, goods: Goods) -> list[Buyer]:
        """Customers of their own, each with a basket that can be ordered."""

        async def enter(_: int) -> Buyer:
            return await Buyer.enter(self.partner, sku=goods.sku)

        return await some_at_once(enter, range(count))

    async def baskets(self, count: int, goods: Goods) -> list[Buyer]:
        """Baskets of one customer that can be ordered."""
        customer = await self.partner.new_customer()
        buyers = [Buyer(self.partner, customer, "", "") for _ in range(count)]

        async def filled(buyer: Buyer) -> Buyer:
            await fill(buyer, goods)
            return buyer

        return await some_at_once(filled, buyers)


async def fill(buyer: Buyer, goods: Goods) -> Reply:
    """Gives a buyer a new basket with one piece, and a new name for the order of it."""
    basket = await buyer.partner.new_basket(buyer.customer, sku=goods.sku)
    buyer.token, buyer.external_id = str(basket.data["token"]), f"order-{uuid4().hex}"
    reply = await buyer.partner.patch(
        "/partner/ecom/basket/setaddress",
        external_customer_id=buyer.customer,
        cart_token=buyer.token,
        shipping=shipping_body(),
        billing=billing_body(),
    )
    assert reply.status == 200, reply.body
    return reply


async def some_at_once(
    do: Callable[[S], Awaitable[T]], things: Iterable[S], *, at_once: int = AT_ONCE
) -> list[T]:
    """What doing it with each came to, in their order; a few at a time."""
    gate = asyncio.Semaphore(at_once)

    async def gated(one: S) -> T:
        async with gate:
            return await do(one)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gated(one)) for one in things]
    return [task.result() for task in tasks]
