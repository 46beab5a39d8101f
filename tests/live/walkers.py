"""Who walks over the API's document: a partner with customers, baskets, addresses and cards."""

from itertools import cycle
from typing import Final

from bezant.kernel.db import Database
from tests.api.places import at
from tests.factories.catalog import CREDIT_BIN, GOLD_BAR
from tests.factories.checkout import Buyer
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import LEGALS, billing_body, shipping_body
from tests.factories.walks import Values, Walker
from tests.trading.desk import BUY, FIX, SELL, Desk, buyer, open_trading

COMPLETION = "PUT /partner/ecom/basket/complete"
DATES: Values = {
    "card_bin": CREDIT_BIN,
    "startDate": "2026-01-01",
    "endDate": "2027-12-31",
    "page": 1,
    "total": 10,
}
OF_METAL: Final = 6
"""How often what uses up a fix, or grams, can succeed."""
REMOVALS = ("DELETE /partner/ecom/basket", "DELETE /partner/customer/address")
REMOVAL_OF_CARD = "DELETE /partner/cards"
REMOVAL_OF_CUSTOMER = "DELETE /partner/customer/{external_customer_id}"
GOOD_CARD: Values = {
    "card_holder": "AYŞE YILMAZ",
    "card_number": "375631000000009",
    "card_expiry": "12/39",
    "card_cvv": "9374",
    "customer_ip": "203.0.113.7",
    "is_3d": False,
}
"""The sandbox takes it at once."""
WAYS_TO_PAY: tuple[Values, ...] = (
    {"payment_type": "cash", "payment": {}},
    {"payment_type": "creditcard", "payment": {}},
    {"payment_type": "creditcard", "payment": GOOD_CARD},
)


async def new_walker(client: PartnerClient, db: Database, *, spares: int) -> Walker:
    """A walker for whom every operation can succeed, and each that uses up so many times.

    Those on fixed prices can for the four minutes that a fix is good for.
    """
    ways = cycle(WAYS_TO_PAY)
    spare: dict[str, list[Values]] = {COMPLETION: [], REMOVAL_OF_CARD: [], REMOVAL_OF_CUSTOMER: []}
    spare |= {removal: [] for removal in REMOVALS}
    for _ in range(spares):
        values = await _new_values(client)
        for removal in REMOVALS:
            spare[removal].append(values)
        spare[REMOVAL_OF_CUSTOMER].append({"external_customer_id": await client.new_customer()})
        spare[REMOVAL_OF_CARD].append(await _new_card(client))
        spare[COMPLETION].append(await _to_complete(client) | next(ways))
    known = DATES | await _new_values(client)
    metal, named = await _of_metal(client, db)
    spare |= metal
    known |= named
    sign_in = client.sign_in
    return Walker(sign_in.credential.username, sign_in.secret, known, spare)


async def _of_metal(client: PartnerClient, db: Database) -> tuple[dict[str, list[Values]], Values]:
    """What trading and delivering metal uses up, and an order that is named."""
    desk = Desk(db, FakeClock(), client)
    await open_trading(db, desk.partner_id)
    bought = await desk.buy(100, external_id=desk.name(), topup={"price": 900_000})
    assert bought.status == 200, bought.body
    order = at(bought.data, "orders", 0)
    named = {name: at(order, name) for name in ("guid", "order_code", "external_id")}
    gram = [{"sku": "GAU", "amount": 1}]
    spare: dict[str, list[Values]] = {
        f"POST {BUY}": [],
        f"POST {SELL}": [],
        "POST /partner/price/calculate": [],
        "POST /partner/delivery/create": [],
        "POST /partner/order": [dict(named) for _ in range(OF_METAL)],
        f"POST {FIX}": [{"customer_external_id": desk.customer} for _ in range(OF_METAL)],
    }
    for _ in range(OF_METAL):
        common: Values = {"currency_code": "TRY", "items": gram}
        spare[f"POST {BUY}"].append(
            common
            | {
                "external_id": desk.name(),
                "price_token": await desk.fix(),
                "customer": buyer(desk.customer),
                "topup": {"price": 10_000},
                "payment_type": "cash",
                "payment": None,
            }
        )
        spare[f"POST {SELL}"].append(
            common
            | {
                "external_id": desk.name(),
                "price_token": await desk.fix(),
                "customer": {"external_id": desk.customer},
            }
        )
        spare["POST /partner/price/calculate"].append(
            {"price_token": await desk.fix(), "sku": "GAU", "amount": 1, "total": None}
        )
        spare["POST /partner/delivery/create"].append(
            {
                "external_id": desk.name(),
                "customer": buyer(desk.customer),
                "sku": GOLD_BAR,
                "amount": 1,
                "wallet": "GAU",
                "topup": {"price": 1_000},
                "expected_total": None,
            }
        )
    return spare, {"external_order_id": named["external_id"]}


async def _new_values(client: PartnerClient) -> Values:
    """A customer with a basket and an address."""
    customer = await client.new_customer()
    basket = await client.new_basket(customer, amount=3)
    pair = await client.post(
        "/partner/customer/address/createmulti",
        external_customer_id=customer,
        shipping=shipping_body(),
        billing=billing_body(),
    )
    shipping = pair.data["shipping"]
    assert isinstance(shipping, dict)
    return {
        "external_customer_id": customer,
        "customer_external_id": customer,
        "cart_token": str(basket.data["token"]),
        "sku": GOLD_BAR,
        "id": int(shipping["id"]),
    }


async def _to_complete(client: PartnerClient) -> Values:
    """A basket that may be ordered, and what a customer has to accept."""
    buyer = await Buyer.enter(client)
    return {
        "external_customer_id": buyer.customer,
        "cart_token": buyer.token,
        "external_id": buyer.external_id,
        "legals": LEGALS,
    }


async def _new_card(client: PartnerClient) -> Values:
    """A customer's card, kept with an order that it paid."""
    buyer = await Buyer.enter(client)
    paid = await buyer.pay_by_card(GOOD_CARD | {"save_card": True})
    assert paid.status == 200, paid.body
    kept = await client.post("/partner/cards", external_customer_id=buyer.customer)
    (card,) = kept.items
    return {"external_customer_id": buyer.customer, "card_token": str(card["card_token"])}
