"""A partner sees its own customers and nothing else, whatever it asks for.

Every operation is called by another partner with the names of this one's things. A new
operation that has no place in the tables below fails here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC

import pytest

from bezant.customers.service import find_customer
from bezant.kernel.db import Database
from bezant.kernel.ids import OrderId
from bezant.legal.model import InvoiceTerms, Sale
from bezant.legal.service.invoices import issue_invoices
from bezant.payments.kept import CardOwner
from bezant.web.operations import Operation
from bezant.web.partner.api import OPERATIONS
from tests.api.places import at
from tests.api.rows import rows_of
from tests.api.shopper import Shopper
from tests.factories.cards import kept_card
from tests.factories.catalog import GOLD_BAR
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import LEGALS, Reply, billing_body, customer_body, shipping_body
from tests.trading.desk import Desk, open_trading

INVOICES = InvoiceTerms("ISO", UTC)
SHARED = frozenset(
    {"listProducts", "getProduct", "listPrices", "listCategories", "listLegalTypes"}
    | {"listDigitalPrices", "listOrderStatuses", "listWaysToPay", "listInstalments"}
)
"""The catalogue, the legal texts and the like are the operator's, and nobody's thing."""
OWN_NAMES = frozenset({"createCustomer", "fixPrices", "listBalances"})
"""What makes a thing of the caller's own, whatever others call theirs."""
EMPTY_PAGES = frozenset({"listDigitalOrders", "listIncompleteBaskets", "listOrders"})
"""What finds an empty page instead of nothing."""
RESULTS_OF_EACH = frozenset({"storeKycOfMany"})
"""What answers for each of many whether it was found."""

REFUSED_ITS_OWN = frozenset({"removeCustomer"})
"""What the partner itself is refused for what its customer has."""


@dataclass(frozen=True)
class Things:
    """What a partner has: a customer with stored addresses and a kept card, and a basket.

    The customer has an order of digital metal, and a fix to make another of.
    """

    customer: str
    token: str
    shipping_id: int
    billing_id: int
    card: str = ""
    fix: str = ""
    order: str = ""


@dataclass(frozen=True)
class Attempt:
    """What is sent; `names_more` says that it names more than the customer."""

    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    names_more: bool = False


def in_basket(things: Things, **more: object) -> Attempt:
    """An attempt at the basket."""
    named = {"external_customer_id": things.customer, "cart_token": things.token}
    return Attempt(body=named | more, names_more=True)


def of_fix(things: Things, customer: Mapping[str, object], **more: object) -> Attempt:
    """An attempt to trade at the prices of the fix."""
    items = [{"sku": "GAU", "amount": 0.1}]
    named = {"price_token": things.fix, "customer": customer, "items": items}
    return Attempt(body=named | more, names_more=True)


ATTEMPTS: Mapping[str, Callable[[Things], Attempt]] = {
    "getCustomer": lambda _: Attempt(),
    "updateCustomer": lambda _: Attempt(body=customer_body()),
    "removeCustomer": lambda _: Attempt(),
    "listAddresses": lambda t: Attempt(query={"external_customer_id": t.customer}),
    "createAddress": lambda t: Attempt(
        body=shipping_body(type="shipping", external_customer_id=t.customer)
    ),
    "createAddresses": lambda t: Attempt(
        body={"external_customer_id": t.customer, "billing": billing_body()}
    ),
    "removeAddress": lambda t: Attempt(
        body={"external_customer_id": t.customer, "id": t.billing_id}, names_more=True
    ),
    "getKyc": lambda _: Attempt(),
    "storeKyc": lambda _: Attempt(body={"level": 0, "status": "pending"}),
    "storeKycOfMany": lambda t: Attempt(
        body={
            "customers": [
                {"external_customer_id": t.customer, "level": 0, "status": "pending"},
            ]
        }
    ),
    "listIncompleteBaskets": lambda t: Attempt(query={"customer_external_id": t.customer}),
    "addToBasket": lambda t: in_basket(t, sku=GOLD_BAR, amount=1),
    "getBasket": lambda t: Attempt(
        query={"customer_external_id": t.customer, "cart_token": t.token}, names_more=True
    ),
    "updateBasket": lambda t: in_basket(t, sku=GOLD_BAR, amount=2),
    "removeFromBasket": lambda t: in_basket(t, sku=GOLD_BAR),
    "emptyBasket": in_basket,
    "setBasketAddress": lambda t: in_basket(t, shipping=shipping_body(), billing=billing_body()),
    "printLegalDocument": lambda t: in_basket(t, type="distance-sales", format="html"),
    "completeBasket": lambda t: in_basket(
        t, external_id=f"order-{t.token}", payment_type="cash", legals=LEGALS
    ),
    "listDigitalOrders": lambda t: Attempt(query={"customer_external_id": t.customer}),
    "listOrders": lambda t: Attempt(query={"customer_external_id": t.customer}),
    "getOrder": lambda t: Attempt(
        body={"customer_external_id": t.customer, "cart_token": t.token}, names_more=True
    ),
    "listCustomerBalances": lambda _: Attempt(),
    "updateCustomerCash": lambda t: Attempt(
        body={"amount": 1, "external_id": f"cash-{t.token}"},
    ),
    "getCustomerBalanceWeek": lambda _: Attempt(),
    "getBalanceStats": lambda t: Attempt(body={"customer_external_id": t.customer}),
    "listCards": lambda t: Attempt(body={"external_customer_id": t.customer}),
    "addCard": lambda t: Attempt(body={"external_customer_id": t.customer}),
    "removeCard": lambda t: Attempt(
        body={"external_customer_id": t.customer, "card_token": t.card}, names_more=True
    ),
    "calculatePrice": lambda t: Attempt(
        body={"price_token": t.fix, "sku": "GAU", "amount": 0.1, "type": "sell"}, names_more=True
    ),
    "buyDigital": lambda t: of_fix(t, customer_body(external_id=t.customer), topup={"price": 999}),
    "sellDigital": lambda t: of_fix(t, {"external_id": t.customer}),
    "getDigitalOrder": lambda _: Attempt(names_more=True),
    "getInvoice": lambda _: Attempt(names_more=True),
    "printInvoice": lambda _: Attempt(names_more=True),
    "findDigitalOrder": lambda t: Attempt(
        body={"external_id": t.order, "push_hook": True}, names_more=True
    ),
    "listDeliveryWallets": lambda t: Attempt(body={"external_customer_id": t.customer}),
    "calculateDelivery": lambda t: Attempt(
        body={"external_customer_id": t.customer, "sku": GOLD_BAR, "amount": 1}
    ),
    "createDelivery": lambda t: Attempt(
        body={
            "customer": {"external_id": t.customer},
            "external_id": f"delivery-{t.token}",
            "sku": GOLD_BAR,
            "amount": 1,
            "address": {"shipping": shipping_body(), "billing": billing_body()},
            "topup": {"price": 1000},
        }
    ),
    "listPaymentTypes": lambda t: Attempt(query={"cart_token": t.token}, names_more=True),
}


TRIED = [each for each in OPERATIONS if each.name not in SHARED | OWN_NAMES]

of_each_operation = pytest.mark.parametrize("operation", TRIED, ids=lambda each: each.name)


async def have_things(partner: PartnerClient, db: Database, customer: str | None = None) -> Things:
    """What a partner has, its customer called so if a name is given."""
    named = {} if customer is None else {"external_id": customer}
    external_id = await partner.new_customer(**named)
    basket = await partner.new_basket(external_id)
    shopper = Shopper(partner, external_id, str(basket.data["token"]))
    reply = await shopper.set_address(shipping=shipping_body(), billing=billing_body())
    shipping, billing = (
        at(reply.data, which, "id") for which in ("shippingaddress", "billingaddress")
    )
    assert isinstance(shipping, int)
    assert isinstance(billing, int)
    partner_id = partner.sign_in.partner.partner_id
    async with db.reading() as connection:
        found = await find_customer(connection, partner_id, external_id)
    card = await kept_card(db, CardOwner(partner_id, found.customer_id))
    desk = Desk(db, FakeClock(), partner, external_id)
    await open_trading(db, partner_id)
    fix, order = await desk.fix(), desk.name()
    bought = await desk.buy(2, external_id=order)
    orders = [(partner_id, OrderId(int(str(at(bought.data, "orders", 0, "id")))))]
    await db.write(
        lambda tx: issue_invoices(tx, Sale.DIGITAL, orders, terms=INVOICES, now=desk.clock.now())
    )
    return Things(external_id, shopper.token, shipping, billing, card.token, fix, order)


async def make(client: PartnerClient, operation: Operation, things: Things) -> Reply:
    """The answer to an attempt at these things."""
    attempt = ATTEMPTS[operation.name](things)
    path = operation.path.format(
        external_customer_id=things.customer,
        customer_external_id=things.customer,
        external_order_id=things.order,
    )
    return await client.call(operation.method, path, query=attempt.query, body=attempt.body)


def test_every_operation_is_tried() -> None:
    known = ATTEMPTS.keys() | SHARED | OWN_NAMES

    assert {operation.name for operation in OPERATIONS} == known
    assert not ATTEMPTS.keys() & (SHARED | OWN_NAMES)


@of_each_operation
async def test_another_partners_things_are_not_found_and_not_changed(
    partner: PartnerClient, other_partner: PartnerClient, db: Database, operation: Operation
) -> None:
    things = await have_things(partner, db)
    await have_things(other_partner, db)
    before = await rows_of(db, partner), await rows_of(db, other_partner)

    reply = await make(other_partner, operation, things)

    if operation.name in EMPTY_PAGES:
        assert (reply.status, reply.items, reply.data["total"]) == (200, [], 0)
    elif operation.name in RESULTS_OF_EACH:
        assert [each["code"] for each in reply.items] == [40402]
    else:
        assert reply.status == 404, reply.body
        assert reply.body["data"] is None
    assert (await rows_of(db, partner), await rows_of(db, other_partner)) == before
    # The same request was sound: it does find something for the partner itself.
    own = await make(partner, operation, things)
    if operation.name in REFUSED_ITS_OWN:
        assert own.body["code"] == 40915
        return
    assert own.status == 200, own.body
    if operation.name in RESULTS_OF_EACH:
        assert [each["code"] for each in own.items] == [0]


@pytest.mark.parametrize(
    "operation",
    [each for each in TRIED if ATTEMPTS[each.name](Things("c", "t", 1, 1)).names_more],
    ids=lambda each: each.name,
)
async def test_a_customer_of_the_same_name_opens_no_other_partners_things(
    partner: PartnerClient, other_partner: PartnerClient, db: Database, operation: Operation
) -> None:
    things = await have_things(partner, db)
    await have_things(other_partner, db, things.customer)
    before = await rows_of(db, partner), await rows_of(db, other_partner)

    reply = await make(other_partner, operation, things)

    assert reply.status == 404, reply.body
    assert (await rows_of(db, partner), await rows_of(db, other_partner)) == before


@pytest.mark.parametrize("which", ["shipping_id", "billing_id"])
async def test_a_stored_address_of_another_partner_does_not_get_into_a_basket(
    partner: PartnerClient, other_partner: PartnerClient, db: Database, which: str
) -> None:
    things = await have_things(partner, db)
    own = await have_things(other_partner, db, things.customer)
    before = await rows_of(db, other_partner)

    shopper = Shopper(other_partner, own.customer, own.token)
    reply = await shopper.set_address(**{which: getattr(things, which)})

    assert (reply.status, reply.body["code"]) == (404, 40403)
    assert await rows_of(db, other_partner) == before


async def test_a_customer_of_the_same_name_is_entered_and_removed_beside_the_other(
    partner: PartnerClient, other_partner: PartnerClient, db: Database
) -> None:
    things = await have_things(partner, db)
    before = await rows_of(db, partner)

    entered = await other_partner.call(
        "POST", "/partner/customer", body=customer_body(external_id=things.customer)
    )
    removed = await other_partner.delete(f"/partner/customer/{things.customer}")

    assert (entered.status, removed.status) == (200, 200)
    assert await rows_of(db, partner) == before


async def test_what_another_partner_owes_is_not_in_ones_own_balances(
    partner: PartnerClient, other_partner: PartnerClient
) -> None:
    customer = await partner.new_customer()
    paid = await partner.patch(
        f"/partner/balance/customer/{customer}", amount=10, external_id="isolated"
    )

    own, others = [(await each.get("/partner/balance")).items for each in (partner, other_partner)]

    assert paid.status == 200, paid.body
    assert [each["balance"] for each in own if each["is_cash"]] == [-10]
    assert [each["balance"] for each in others if each["is_cash"]] == [0]
