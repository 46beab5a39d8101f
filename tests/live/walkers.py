"""Who walks over the API's document: a partner with a customer, a basket and addresses."""

from typing import TypeAlias

from tests.factories.catalog import CREDIT_BIN, GOLD_BAR
from tests.factories.client import PartnerClient
from tests.factories.shop import billing_body, shipping_body
from tests.factories.walks import Walker

Values: TypeAlias = dict[str, str | int]

CARDS_AND_DATES: Values = {
    "card_bin": CREDIT_BIN,
    "startDate": "2026-01-01",
    "endDate": "2027-12-31",
    "page": 1,
    "total": 10,
}
REMOVALS = (
    "DELETE /partner/ecom/basket",
    "DELETE /partner/customer/address",
    "DELETE /partner/customer/{external_customer_id}",
)


async def new_walker(client: PartnerClient, *, spares: int) -> Walker:
    """A walker for whom every operation can succeed, and each that removes so many times."""
    spare: dict[str, list[Values]] = {removal: [] for removal in REMOVALS}
    for _ in range(spares):
        values = await _new_values(client)
        for removal in REMOVALS[:-1]:
            spare[removal].append(values)
        spare[REMOVALS[-1]].append({"external_customer_id": await client.new_customer()})
    known = CARDS_AND_DATES | await _new_values(client)
    sign_in = client.sign_in
    return Walker(sign_in.credential.username, sign_in.secret, known, spare)


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
