"""Cards that are kept with a payment, and payments by cards that were kept."""

from collections.abc import Mapping

import pytest

from bezant.payments.acquirer import Challenge, ChargeReference
from bezant.payments.card import CardForm, CardInHand
from bezant.payments.service import paying
from bezant.payments.till import Till
from bezant.payments.views import CardOffer, CardWanted
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import CARD, Buyer, payment_of, payment_token_of
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock

IP = CARD["customer_ip"]


async def cards_of(buyer: Buyer) -> list[Mapping[str, object]]:
    """The cards that a customer keeps."""
    reply = await buyer.partner.post("/partner/cards", external_customer_id=buyer.customer)
    return reply.items


async def again(buyer: Buyer) -> Buyer:
    """The same customer with another basket."""
    other = await Buyer.enter(buyer.partner)
    basket = await buyer.partner.new_basket(buyer.customer)
    found = await other.order()
    token = str(basket.data["token"])
    await buyer.partner.patch(
        "/partner/ecom/basket/setaddress",
        external_customer_id=buyer.customer,
        cart_token=token,
        shipping=_sent(found.data["shippingaddress"]),
        billing=_sent(found.data["billingaddress"]),
    )
    return Buyer(buyer.partner, buyer.customer, token, f"again-{token}")


def _sent(address: object) -> dict[str, object]:
    assert isinstance(address, dict)
    return {name: value for name, value in address.items() if value and name != "id"}


@pytest.fixture
async def buyer(partner: PartnerClient, till: Till, acquirer: FakeAcquirer) -> Buyer:
    """A customer who has paid by a card and wanted it kept."""
    found = await Buyer.enter(partner)
    acquirer.plans(Turn.CAPTURED)
    await found.pay_by_card(CARD | {"save_card": True})
    return found


async def test_a_card_is_kept_with_the_payment_if_the_customer_wants_it(
    buyer: Buyer, partner: PartnerClient, acquirer: FakeAcquirer
) -> None:
    other = await Buyer.enter(partner)
    acquirer.plans(Turn.CAPTURED)
    await other.pay_by_card()

    kept = await cards_of(buyer)

    assert [(card["bin"], card["last_four"], card["is_default"]) for card in kept] == [
        ("55287400", "0003", True)
    ]
    assert await cards_of(other) == []


async def test_a_card_that_is_declined_is_not_kept(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.DECLINED)

    await buyer.pay_by_card(CARD | {"save_card": True})

    assert await cards_of(buyer) == []


async def test_a_kept_card_pays_by_its_token(buyer: Buyer, acquirer: FakeAcquirer) -> None:
    token = (await cards_of(buyer))[0]["card_token"]
    second = await again(buyer)
    acquirer.plans(Turn.CAPTURED)

    reply = await second.pay_by_card({"card_token": token, "card_cvv": "123", "customer_ip": IP})

    assert payment_of(reply)["state"] == "success"
    details = payment_of(reply)["details"]
    assert isinstance(details, dict)
    assert details["card_number"] == "552874******0003"
    assert len(acquirer.charges) == 2


async def test_a_card_of_another_customer_is_not_found(
    buyer: Buyer, partner: PartnerClient, acquirer: FakeAcquirer
) -> None:
    token = (await cards_of(buyer))[0]["card_token"]
    other = await Buyer.enter(partner)

    reply = await other.pay_by_card({"card_token": token, "card_cvv": "123", "customer_ip": IP})

    assert (reply.status, reply.body["code"]) == (404, 40410)
    assert (await other.order()).data["order_creation_status"] == "basket"
    assert len(acquirer.charges) == 1


async def test_the_value_on_a_kept_cards_back_is_three_or_four_digits(buyer: Buyer) -> None:
    token = (await cards_of(buyer))[0]["card_token"]
    second = await again(buyer)

    reply = await second.pay_by_card({"card_token": token, "card_cvv": "12", "customer_ip": IP})

    assert reply.status == 422
    assert list(reply.errors) == ["payment.card_cvv"]


async def test_a_card_given_on_the_page_is_kept_once_3d_is_passed(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock
) -> None:
    buyer = await Buyer.enter(partner)
    token = payment_token_of(await buyer.complete(payment_type="creditcard"))
    view = await paying.show_payment(till, token)
    assert isinstance(view.step, CardWanted)
    assert view.may_keep_card
    form = CardForm(holder="AYŞE YILMAZ", number="5528740000000003", expiry="12/29", cvv="123")
    card = CardInHand.read(form, today=clock.now().date())

    view = await paying.pay_by_card(
        till, token, CardOffer(card=card, instalment=1, keeps_card=True, ip="203.0.113.7")
    )
    assert isinstance(view.step, Challenge)
    assert await cards_of(buyer) == []
    reference = ChargeReference(dict(view.step.fields)["reference"])
    await paying.come_back(till, token, acquirer.pass_3d(reference))

    assert [card["last_four"] for card in await cards_of(buyer)] == ["0003"]
