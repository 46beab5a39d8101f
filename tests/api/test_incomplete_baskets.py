"""Get Incomplete Baskets: the page that the whole wire grew from."""

from tests.factories.client import PartnerClient

PATH = "/partner/ecom/baskets"


async def test_a_basket_of_the_customer_is_listed(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    basket = await partner.new_basket(customer)

    page = await partner.get(PATH, customer_external_id=customer)

    assert page.status == 200
    assert page.data["total"] == 1
    listed = page.items[0]
    assert listed["token"] == basket.data["token"]
    assert listed["price"] == 2054.24
    assert "pricefix" not in listed
    assert "pricefix" in basket.data
