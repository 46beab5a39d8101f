"""Cards that Sipay keeps, and the instalments that it offers."""

import pytest

from bezant.integrations.acquirers.sipay import SipayAcquirer
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import (
    AcquirerAway,
    CardKeeping,
    CardKeepingUnavailable,
    Challenge,
    ChargeReference,
    ChargeState,
    KeptCard,
    NewKeptCard,
    NoticeForged,
    Outcome,
)
from bezant.payments.card import Secret
from bezant.payments.model import InstalmentRate
from tests.integrations.acquirers.sipay.conftest import (
    BUYER,
    CVV,
    NUMBER,
    RETURN_URL,
    a_card,
    a_charge,
)
from tests.integrations.acquirers.sipay.fake import FakeSipay

OWNER = "partner-7:customer-42"
KEEPING = CardKeeping(
    reference=ChargeReference("K" * 24),
    owner=OWNER,
    buyer=BUYER,
    return_url=RETURN_URL,
    language=Language.EN,
)


async def keep(acquirer: SipayAcquirer) -> KeptCard:
    """A card that Sipay keeps."""
    kept = await acquirer.keep_card(a_card(), KEEPING)
    assert isinstance(kept, NewKeptCard)
    return KeptCard(token=kept.token, owner=OWNER, face=kept.face, cvv=Secret(CVV))


async def test_a_card_is_kept_without_the_value_on_its_back(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    kept = await keep(acquirer)
    assert kept.token.reveal() in sipay.cards
    assert kept.face == a_card().face
    (sent,) = sipay.asked("saveCard")
    assert sent["card_number"] == NUMBER
    assert CVV not in sent.values()


async def test_an_owner_is_a_number_that_is_always_the_same(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    await keep(acquirer)
    await keep(acquirer)
    first, second = sipay.asked("saveCard")
    number = first["customer_number"]
    assert number == second["customer_number"]
    assert isinstance(number, str)
    assert number.isdecimal()
    assert len(number) == 15


async def test_a_kept_card_pays_without_3d(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    found = await acquirer.start(a_charge(card=await keep(acquirer)))
    assert isinstance(found, Outcome)
    assert found.state is ChargeState.CAPTURED
    (sent,) = sipay.asked("payByCardTokenNonSecure")
    assert "cc_no" not in sent
    assert CVV not in sent.values()


async def test_a_kept_card_pays_with_3d(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    charge = a_charge(card=await keep(acquirer), is_3d=True)
    assert isinstance(await acquirer.start(charge), Challenge)
    returned = sipay.finish_3d(charge.reference, passed=True)
    found = await acquirer.confirm(charge.reference, returned)
    assert found.state is ChargeState.CAPTURED
    assert len(sipay.asked("payByCardToken")) == 1


async def test_a_card_is_kept_beside_a_charge_without_3d(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    found = await acquirer.start(a_charge(keep_as=OWNER))
    assert isinstance(found, Outcome)
    assert found.kept_card is not None
    assert found.kept_card.token.reveal() in sipay.cards


@pytest.mark.parametrize("body", [b"", b'{"status_code": 79}', b'{"status_code": 99}'])
async def test_a_charge_is_captured_even_if_its_card_cannot_be_kept(
    acquirer: SipayAcquirer, sipay: FakeSipay, body: bytes
) -> None:
    sipay.garbled["saveCard"] = body
    found = await acquirer.start(a_charge(keep_as=OWNER))
    assert isinstance(found, Outcome)
    assert (found.state, found.kept_card) == (ChargeState.CAPTURED, None)


async def test_the_card_of_a_declined_charge_is_not_kept(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.bank_code = "51"
    await acquirer.start(a_charge(keep_as=OWNER))
    assert not sipay.cards


async def test_a_shop_that_may_keep_no_cards_keeps_none(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.garbled["saveCard"] = b'{"status_code": 79, "status_description": "not allowed"}'
    with pytest.raises(CardKeepingUnavailable):
        await acquirer.keep_card(a_card(), KEEPING)
    sipay.garbled["saveCard"] = b'{"status_code": 99}'
    with pytest.raises(AcquirerAway):
        await acquirer.keep_card(a_card(), KEEPING)


async def test_a_forgotten_card_pays_nothing_and_is_forgotten_once_more(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    card = await keep(acquirer)
    await acquirer.forget_card(card.token, OWNER)
    assert not sipay.cards
    await acquirer.forget_card(card.token, OWNER)
    found = await acquirer.start(a_charge(card=card))
    assert isinstance(found, Outcome)
    assert found.state is ChargeState.DECLINED


async def test_a_card_that_could_not_be_forgotten_is_to_be_forgotten_later(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.garbled["deleteCard"] = b'{"status_code": 88}'
    with pytest.raises(AcquirerAway):
        await acquirer.forget_card(Secret("t"), OWNER)


async def test_no_browser_comes_back_from_keeping_a_card(acquirer: SipayAcquirer) -> None:
    with pytest.raises(NoticeForged):
        await acquirer.kept_card(KEEPING.reference, {"card_token": "x"})


def a_way(count: int, payable: object) -> dict[str, object]:
    """A row of Sipay's answer about instalments."""
    row = {"pos_id": 30, "installments_number": count, "card_program": "BONUS"}
    return row | {"payable_amount": payable, "currency_code": "TRY", "merchant_fee": 7.1144}


async def test_instalments_are_what_sipay_would_have_the_customer_pay(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.pos = [a_way(6, 1_061.255), a_way(1, 1_000), a_way(3, "1034.5"), a_way(2, 1_000.05)]
    sipay.pos[0]["payable_amount"] = "1061.26"
    found = await acquirer.instalments("45467112", Money(100_000, Currency.TRY))
    assert found == (
        InstalmentRate(1, 1, 0),
        InstalmentRate(2, 2, 1),
        InstalmentRate(3, 3, 345),
        InstalmentRate(6, 6, 613),
    )
    (sent,) = sipay.asked("getpos")
    assert (sent["credit_card"], sent["amount"]) == ("45467112", "1000.00")


async def test_of_two_ways_to_pay_in_as_many_parts_the_dearer_counts(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.pos = [a_way(3, 1_030), a_way(3, 1_050), a_way(3, 1_040), a_way(1, 990)]
    found = await acquirer.instalments("454671", Money(100_000, Currency.TRY))
    assert found == (InstalmentRate(1, 1, 0), InstalmentRate(3, 3, 500))


@pytest.mark.parametrize("code", [36, 38, 39, 40, 76, 77, 102])
async def test_sipay_has_no_say_in_a_card_that_it_has_no_terms_for(
    acquirer: SipayAcquirer, sipay: FakeSipay, code: int
) -> None:
    sipay.pos_code = code
    assert await acquirer.instalments("454671", Money(100_000, Currency.TRY)) == ()


async def test_terms_that_cannot_be_read_are_none(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    amount = Money(100_000, Currency.TRY)
    for broken in (a_way(3, "many"), a_way(0, 1_000), a_way(3, None)):
        sipay.pos = [broken]
        with pytest.raises(AcquirerAway):
            await acquirer.instalments("454671", amount)
    sipay.pos_code = 14
    with pytest.raises(AcquirerAway):
        await acquirer.instalments("454671", amount)
