"""A customer with an order that is not over stays; after that the person is forgotten."""

import asyncio

import pytest

from bezant.checkout import refunding
from bezant.checkout.model import Till
from tests.api.shelf import Shelf
from tests.factories.checkout import Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply


async def _removed(buyer: Buyer) -> Reply:
    return await buyer.partner.delete(f"/partner/customer/{buyer.customer}")


async def test_a_customer_who_waits_for_an_order_is_not_removed(
    partner: PartnerClient, till: Till
) -> None:
    buyer = await Buyer.enter(partner)
    await partner.new_basket(buyer.customer)
    await buyer.complete()

    refused = await _removed(buyer)

    assert (refused.status, refused.body["code"]) == (409, 40911)
    assert (await partner.get(f"/partner/customer/{buyer.customer}")).status == 200
    open_baskets = await partner.get("/partner/ecom/baskets", customer_external_id=buyer.customer)
    assert open_baskets.data["total"] == 1, "a refusal drops no basket"


@pytest.mark.parametrize("method", ["cash", "creditcard"])
async def test_a_customer_whose_orders_are_over_is_removed(
    partner: PartnerClient, till: Till, shelf: Shelf, method: str
) -> None:
    goods = await shelf.put(stock=5)
    buyer = await Buyer.enter(partner, sku=goods.sku)
    named = order_named(buyer, await buyer.complete(payment_type=method))
    assert (await _removed(buyer)).status == 409

    await refunding.cancel_order(till, *named, by="Elif", reason="The customer changed her mind")

    assert (await _removed(buyer)).status == 200
    assert (await partner.get(f"/partner/customer/{buyer.customer}")).status == 404


async def test_an_order_and_a_removal_at_once_end_as_one_or_the_other(
    partner: PartnerClient, till: Till
) -> None:
    for _ in range(6):
        buyer = await Buyer.enter(partner)

        completed, removed = await asyncio.gather(buyer.complete(), _removed(buyer))

        assert (completed.status, removed.status) in ((200, 409), (404, 200))
