"""A customer with an order that is not over stays; after that the person is forgotten."""

import asyncio

import pytest

from bezant.checkout import refunding
from bezant.payments.till import Till
from tests.api.shelf import Shelf
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply

SELECT_CHARGED = """
    SELECT a.card_holder, a.customer_ip, left(a.card_bin, 6), a.card_last_four
      FROM sales_order o JOIN payment p USING (partner_id, order_id)
      JOIN payment_attempt a USING (partner_id, payment_id)
     WHERE o.external_id = $1
"""


async def _removed(buyer: Buyer) -> Reply:
    return await buyer.partner.delete(f"/partner/customer/{buyer.customer}")


async def _charged(till: Till, buyer: Buyer) -> tuple[str, ...]:
    """What is kept of the one charge of a buyer's order."""
    async with till.db.reading() as connection:
        (row,) = await connection.fetch(SELECT_CHARGED, buyer.external_id)
    return tuple(row)


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


async def test_charges_of_a_removed_customer_no_longer_say_who_paid(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    gone, other = await Buyer.enter(partner), await Buyer.enter(partner)
    acquirer.plans(Turn.DECLINED, Turn.DECLINED)
    for buyer in (gone, other):
        named = order_named(buyer, await buyer.pay_by_card())
        await refunding.cancel_order(till, *named, by="Elif", reason="No money on the card")
    card = ("552874", "0003")
    assert await _charged(till, gone) == ("AYŞE YILMAZ", "203.0.113.7", *card)

    assert (await _removed(gone)).status == 200

    assert await _charged(till, gone) == ("", "", *card)
    assert await _charged(till, other) == ("AYŞE YILMAZ", "203.0.113.7", *card)


async def test_an_order_and_a_removal_at_once_end_as_one_or_the_other(
    partner: PartnerClient, till: Till
) -> None:
    for _ in range(6):
        buyer = await Buyer.enter(partner)

        completed, removed = await asyncio.gather(buyer.complete(), _removed(buyer))

        assert (completed.status, removed.status) in ((200, 409), (404, 200))
