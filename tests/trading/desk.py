"""A trading desk for tests: a partner whose customers buy and sell digital metal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from bezant.customers.service import find_customer
from bezant.kernel.db import Database
from bezant.kernel.ids import PartnerId
from bezant.ledger import service as ledger
from bezant.ledger.assets import Asset
from bezant.ledger.model import Owner, customer
from bezant.trading import quoting
from bezant.trading.model import Spread
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply, customer_body

FIX = "/partner/pricefix"
BUY = "/partner/order/digital/buy"
SELL = "/partner/order/digital/sell"
NO_SPREAD = Spread(0, 0)
ONE_PERCENT: Mapping[Asset, Spread] = {
    Asset.GAU: Spread(100, 100),
    Asset.GAG: Spread(100, 100),
    Asset.GPT: Spread(100, 100),
}
"""Gold at 2000 is bought at 2020 and sold at 1980; platinum has no market in the tests."""


def buyer(external_id: str) -> dict[str, object]:
    """A customer as an order sends one."""
    return customer_body(external_id=external_id)


async def open_trading(
    db: Database, partner_id: PartnerId, spreads: Mapping[Asset, Spread] = ONE_PERCENT
) -> None:
    """Enters the spreads of a partner."""
    async with db.transaction() as tx:
        await quoting.set_spreads(tx, partner_id, spreads)


@dataclass
class Desk:
    """A partner and one of its customers, who may not be entered yet."""

    db: Database
    clock: FakeClock
    partner: PartnerClient
    customer: str = field(default_factory=lambda: f"c{uuid4().hex[:23]}")
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def partner_id(self) -> PartnerId:
        """Whose desk it is."""
        return self.partner.sign_in.partner.partner_id

    def name(self) -> str:
        """An order's id that was not used before."""
        return f"o-{next(self._numbers)}-{uuid4().hex[:8]}"

    async def fix(self, **changes: object) -> str:
        """The token of a fix for the customer."""
        reply = await self.partner.post(
            FIX, **({"type": "digital", "customer_external_id": self.customer} | changes)
        )
        assert reply.status == 200, reply.body
        return str(reply.data["token"])

    async def buy(self, amount: object = 1, *, sku: str = "GAU", **changes: object) -> Reply:
        """Buys for the customer with a new fix, and pays with what is topped up."""
        body = {
            "external_id": self.name(),
            "customer": buyer(self.customer),
            "items": [{"sku": sku, "amount": amount}],
            "topup": {"price": 100_000},
        } | changes
        if "price_token" not in body:
            body["price_token"] = await self.fix()
        return await self.partner.call("POST", BUY, body=_without_nothing(body))

    async def sell(self, amount: object = 1, *, sku: str = "GAU", **changes: object) -> Reply:
        """Sells for the customer with a new fix."""
        body = {
            "external_id": self.name(),
            "customer": {"external_id": self.customer},
            "items": [{"sku": sku, "amount": amount}],
        } | changes
        if "price_token" not in body:
            body["price_token"] = await self.fix()
        return await self.partner.call("POST", SELL, body=_without_nothing(body))

    async def balances(self, owner: Owner | None = None) -> dict[str, int]:
        """What the customer has, or somebody else, in smallest units; nothing is left out."""
        async with self.db.reading() as connection:
            found = await ledger.balances_of(
                connection, self.partner_id, owner or await self.owner(), now=self.clock.now()
            )
        return {each.account.asset.sku: each.units for each in found if each.units}

    async def owner(self) -> Owner:
        """The customer in the ledger."""
        async with self.db.reading() as connection:
            found = await find_customer(connection, self.partner_id, self.customer)
        return customer(found.customer_id)

    async def orders(self) -> int:
        """How many orders there are."""
        async with self.db.reading() as connection:
            found = await connection.fetchval(
                "SELECT count(*) FROM digital_order WHERE partner_id = $1", self.partner_id
            )
        return int(found)


def _without_nothing(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if value is not None}
