"""Who walks over the API's document: a partner with a customer, a basket and addresses."""

from tests.factories.catalog import CREDIT_BIN, GOLD_BAR
from tests.factories.client import PartnerClient
from tests.factories.shop import billing_body, shipping_body
from tests.factories.walks import Walker

CARDS_AND_DATES: dict[str, str | int] = {
    "sku": GOLD_BAR,
    "card_bin": CREDIT_BIN,
    "startDate": "2026-01-01",
    "endDate": "2027-12-31",
    "page": 1,
    "total": 10,
}


async def new_walker(client: PartnerClient, *, spare_customers: int) -> Walker:
    """A walker for whom every operation can succeed."""
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
    spare = [await client.new_customer() for _ in range(spare_customers)]
    known = CARDS_AND_DATES | {
        "external_customer_id": customer,
        "customer_external_id": customer,
        "cart_token": str(basket.data["token"]),
        "id": int(shipping["id"]),
    }
    sign_in = client.sign_in
    return Walker(sign_in.credential.username, sign_in.secret, known, spare)
