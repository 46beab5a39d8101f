"""A customer who buys, as a partner's shop and the customer's browser drive it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from bezant.checkout import audit
from bezant.kernel.clock import Clock
from bezant.kernel.db import Database
from bezant.kernel.ids import OrderId, PartnerId, PaymentToken
from bezant.payments.till import Till
from tests.factories.catalog import GOLD_BAR
from tests.factories.client import PartnerClient
from tests.factories.shop import LEGALS, Reply, billing_body, shipping_body

COMPLETE = "/partner/ecom/basket/complete"
BASKET = "/partner/ecom/basket"
GET_ORDER = "/partner/ecom/getorder"
CARD = {
    "card_holder": "AYŞE YILMAZ",
    "card_number": "5528740000000003",
    "card_expiry": "12/29",
    "card_cvv": "123",
    "customer_ip": "203.0.113.7",
}
"""A card that is in nobody's table of first digits: it is paid at once and costs nothing."""
CREDIT_CARD = CARD | {"card_number": "4543600000000003"}
"""A credit card whose bank has instalments."""


@dataclass
class Buyer:
    """One customer with a basket that is ready to be ordered."""

    partner: PartnerClient
    customer: str
    token: str
    external_id: str

    @classmethod
    async def enter(
        cls, partner: PartnerClient, *, sku: str = GOLD_BAR, amount: int = 1
    ) -> "Buyer":
        """A new customer whose basket has something in it and both addresses."""
        customer = await partner.new_customer()
        basket = await partner.new_basket(customer, sku=sku, amount=amount)
        buyer = cls(partner, customer, str(basket.data["token"]), f"order-{uuid4().hex}")
        reply = await partner.patch(
            f"{BASKET}/setaddress",
            external_customer_id=customer,
            cart_token=buyer.token,
            shipping=shipping_body(),
            billing=billing_body(),
        )
        assert reply.status == 200, reply.body
        return buyer

    async def complete(self, **changes: object) -> Reply:
        """Makes an order of the basket; in cash unless told otherwise."""
        body: dict[str, object] = {
            "external_customer_id": self.customer,
            "cart_token": self.token,
            "external_id": self.external_id,
            "payment_type": "cash",
            "legals": LEGALS,
        }
        return await self.partner.call("PUT", COMPLETE, body=body | changes)

    async def pay_by_card(self, card: Mapping[str, object] = CARD, **changes: object) -> Reply:
        """Makes an order that this card is to pay."""
        return await self.complete(payment_type="creditcard", payment=dict(card), **changes)

    async def order(self) -> Reply:
        """The order, or the basket while it is one."""
        return await self.partner.post(
            GET_ORDER, customer_external_id=self.customer, cart_token=self.token
        )


def payment_of(reply: Reply) -> Mapping[str, object]:
    """The payment of an order that was answered."""
    assert reply.status == 200, reply.body
    payment = reply.data["payment"]
    assert isinstance(payment, Mapping)
    return payment


def payment_token_of(reply: Reply) -> PaymentToken:
    """The token of an order's payment."""
    return PaymentToken(str(payment_of(reply)["token"]))


def order_named(buyer: Buyer, reply: Reply) -> tuple[PartnerId, OrderId]:
    """How the house names an order that was answered."""
    number = reply.data["id"]
    assert isinstance(number, int)
    return buyer.partner.sign_in.partner.partner_id, OrderId(number)


async def require_sound_books(db: Database, *, clock: Clock) -> None:
    """Nothing that has to hold is broken; what other tests left under way does not count."""
    findings = await audit.audit(db, now=clock.now() - timedelta(days=365))
    broken = {finding.rule: list(finding.breaks)[:5] for finding in findings if finding.breaks}
    assert not broken, broken


async def stock_of(till: Till, sku: str) -> int:
    """How many pieces of a product may still be promised."""
    async with till.db.reading() as connection:
        found: int = await connection.fetchval("SELECT stock FROM product WHERE sku = $1", sku)
    return found
