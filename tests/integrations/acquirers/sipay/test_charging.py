"""Charges with 3-D and without, and what became of them."""

from dataclasses import replace
from urllib.parse import urlencode

import msgspec
import pytest

from bezant.integrations.acquirers.sipay import SipayAcquirer
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import (
    Acquirer,
    AcquirerAway,
    Challenge,
    ChargeState,
    NoticeForged,
    Outcome,
)
from tests.factories.clock import FakeClock
from tests.integrations.acquirers.sipay.conftest import (
    BUYER,
    CVV,
    NUMBER,
    RETURN_URL,
    a_charge,
    access_to,
)
from tests.integrations.acquirers.sipay.fake import BANK, FakeSipay

REFERENCE = a_charge().reference
WHOLE = Money(124_990, Currency.TRY)


def test_the_adapter_is_an_acquirer(clock: FakeClock) -> None:
    found: Acquirer = SipayAcquirer(access_to("https://sipay.example/ccpayment"), clock=clock)
    assert found.name == "sipay"


async def test_a_charge_without_3d_is_taken_at_once(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    found = await acquirer.start(a_charge())
    assert isinstance(found, Outcome)
    assert found.state is ChargeState.CAPTURED
    assert (found.captured, found.refunded) == (WHOLE, Money.zero(Currency.TRY))
    assert found.transaction_id.startswith("16")
    assert found.auth_mode == "Auth"
    (sent,) = sipay.asked("paySmart2D")
    assert (sent["total"], sent["cc_no"], sent["cvv"]) == ("1249.90", NUMBER, CVV)
    assert (sent["expiry_month"], sent["expiry_year"]) == ("12", "2030")
    assert (sent["name"], sent["surname"]) == ("Ayşe Nur", "Yılmaz")


@pytest.mark.parametrize(
    ("bank_code", "reason"),
    [
        ("51", "051"),
        ("054", "054"),
        ("05", "005"),
        ("34", "059"),
        ("N7", "082"),
        ("91", "091"),
        ("XX", "096"),
    ],
)
async def test_a_decline_says_why_in_our_digits(
    acquirer: SipayAcquirer, sipay: FakeSipay, bank_code: str, reason: str
) -> None:
    sipay.bank_code, sipay.bank_text = bank_code, "Ret"
    found = await acquirer.start(a_charge())
    assert isinstance(found, Outcome)
    assert (found.state, found.reason, found.explanation) == (ChargeState.DECLINED, reason, "Ret")
    assert found.captured is None


async def test_a_charge_that_sipay_has_not_decided_is_undecided(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.pending = True
    found = await acquirer.start(a_charge())
    assert isinstance(found, Outcome)
    assert found.state is ChargeState.UNDECIDED
    assert (await acquirer.query(REFERENCE)).state is ChargeState.UNDECIDED


async def test_a_charge_in_another_currency_is_declined_unsent(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    found = await acquirer.start(a_charge(currency=Currency.USD))
    assert isinstance(found, Outcome)
    assert (found.state, found.reason) == (ChargeState.DECLINED, "096")
    assert not sipay.requests


async def test_a_charge_that_sipay_finds_wrong_is_declined(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    found = await acquirer.start(replace(a_charge(), description=""))
    assert isinstance(found, Outcome)
    assert (found.state, found.explanation) == (
        ChargeState.DECLINED,
        "invoice_description is required",
    )


async def test_a_reference_that_sipay_has_already_says_nothing_of_this_charge(
    acquirer: SipayAcquirer,
) -> None:
    await acquirer.start(a_charge())
    with pytest.raises(AcquirerAway):
        await acquirer.start(a_charge())


async def test_a_charge_whose_reply_is_lost_is_found_by_asking(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.lost.add("paySmart2D")
    with pytest.raises(AcquirerAway):
        await acquirer.start(a_charge())
    found = await acquirer.query(REFERENCE)
    assert (found.state, found.captured) == (ChargeState.CAPTURED, WHOLE)
    assert len(sipay.asked("paySmart2D")) == 1


async def test_a_charge_that_takes_too_long_is_unknown_and_not_sent_again(
    hasty: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.silent.add("paySmart2D")
    with pytest.raises(AcquirerAway):
        await hasty.start(a_charge())
    assert len(sipay.asked("paySmart2D")) == 1
    assert (await hasty.query(REFERENCE)).state is ChargeState.CAPTURED


async def test_a_charge_that_never_arrived_is_unheard(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.down["paySmart2D"] = 502
    with pytest.raises(AcquirerAway):
        await acquirer.start(a_charge())
    assert (await acquirer.query(REFERENCE)).state is ChargeState.UNHEARD


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>ok</html>",
        b"[]",
        b"{}",
        b'{"status_code": "yes"}',
        b'{"status_code": NaN}',
        b"[" * 100_000,
        b'{"status_code": 100}',
        b'{"status_code": 100, "product_price": "a lot"}',
        b'{"status_code": 100, "product_price": "1.005"}',
        b'{"status_code": 99}',
        b'{"status_code": 1, "status_description": "merchant_key is required"}',
    ],
)
async def test_an_answer_that_does_not_say_is_no_answer(
    acquirer: SipayAcquirer, sipay: FakeSipay, body: bytes
) -> None:
    sipay.garbled["checkstatus"] = body
    with pytest.raises(AcquirerAway):
        await acquirer.query(REFERENCE)


async def test_an_answer_without_end_is_not_read_to_its_end(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.garbled["checkstatus"] = b'{"status_code": 69, "a": "' + b"x" * 2_000_000 + b'"}'
    with pytest.raises(AcquirerAway):
        await acquirer.query(REFERENCE)


async def test_money_that_is_only_blocked_on_the_card_is_not_captured(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    await acquirer.start(a_charge())
    sipay.sales[REFERENCE].kind = "Pre-Authorization"
    assert (await acquirer.query(REFERENCE)).state is ChargeState.UNDECIDED


async def test_an_amount_that_went_through_floats_is_exact_again(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.garbled["checkstatus"] = b'{"status_code": 100, "transaction_amount": 10.199999999999999}'
    found = await acquirer.query(REFERENCE)
    assert found.captured == Money(1_020, Currency.TRY)


async def test_an_amount_that_sipay_leaves_at_nought_is_taken_from_the_other_field(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    # As in Sipay's published example.
    sipay.garbled["checkstatus"] = (
        b'{"status_code": 100, "transaction_status": "Completed", "total_refunded_amount": 0,'
        b' "product_price": "20.00", "transaction_amount": 0}'
    )
    found = await acquirer.query(REFERENCE)
    assert found.captured == Money(2_000, Currency.TRY)


async def test_3d_sends_the_browser_to_the_bank_without_the_card(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    found = await acquirer.start(a_charge(is_3d=True))
    assert isinstance(found, Challenge)
    assert found.url == BANK
    assert dict(found.fields)["PaReq"] == "eJxVUt1ugjAU&<\"'>"
    assert "go" not in dict(found.fields)
    assert NUMBER not in repr(found)
    (sent,) = sipay.asked("paySmart3D")
    assert sent["return_url"] == sent["cancel_url"] == RETURN_URL
    assert (sent["response_method"], sent["payment_completed_by"]) == ("POST", "app")
    assert (await acquirer.query(REFERENCE)).state is ChargeState.UNDECIDED


async def test_3d_that_is_passed_is_captured(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    await acquirer.start(a_charge(is_3d=True))
    returned = sipay.finish_3d(REFERENCE, passed=True)
    found = await acquirer.confirm(REFERENCE, returned)
    assert (found.state, found.captured) == (ChargeState.CAPTURED, WHOLE)


async def test_3d_that_is_not_passed_is_declined(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    await acquirer.start(a_charge(is_3d=True))
    returned = sipay.finish_3d(REFERENCE, passed=False)
    found = await acquirer.confirm(REFERENCE, returned)
    assert (found.state, found.reason) == (ChargeState.DECLINED, "050")


async def test_the_browser_is_not_believed(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    await acquirer.start(a_charge(is_3d=True))
    sipay.finish_3d(REFERENCE, passed=False)
    # A true key of the same charge's, with everything else made up.
    returned = sipay.returned(REFERENCE) | {"sipay_status": "1", "status_code": "100"}
    found = await acquirer.confirm(REFERENCE, returned)
    assert found.state is ChargeState.DECLINED


async def test_a_return_that_is_not_sipays_is_forged(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    await acquirer.start(a_charge(is_3d=True))
    other = a_charge(reference="Z" * 24, is_3d=True)
    await acquirer.start(other)
    true = sipay.finish_3d(REFERENCE, passed=True)
    forgeries = [
        {},
        {**true, "hash_key": ""},
        {**true, "hash_key": true["hash_key"][:-4] + "AAA="},
        {**true, "hash_key": sipay.returned(other.reference)["hash_key"]},
        {**true, "invoice_id": other.reference},
    ]
    asked = len(sipay.asked("checkstatus"))
    for forged in forgeries:
        with pytest.raises(NoticeForged):
            await acquirer.confirm(REFERENCE, forged)
    assert len(sipay.asked("checkstatus")) == asked


@pytest.mark.parametrize(
    "page",
    [
        "<h1>Sorry</h1>",
        "<form method=post action='http://acs.bank.example'></form>",
        "<form method=post action='javascript:go()'></form>",
        f"<form method=post action='{BANK}'><input name=pan value={NUMBER}></form>",
        f"<form method=post action='{BANK}?c={NUMBER}'></form>",
        f"<form method=post action='{BANK}'><input name=cvv value={CVV}></form>",
        '{"status_code": 100}',
    ],
)
async def test_a_page_that_nobody_may_follow_is_followed_by_nobody(
    acquirer: SipayAcquirer, sipay: FakeSipay, page: str
) -> None:
    sipay.page = page
    with pytest.raises(AcquirerAway):
        await acquirer.start(a_charge(is_3d=True))


async def test_a_redirection_to_the_bank_is_a_link(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.redirect = f"{BANK}?id=1"
    assert await acquirer.start(a_charge(is_3d=True)) == Challenge(url=f"{BANK}?id=1")


async def test_an_error_in_place_of_the_page_is_a_decline(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.page = '{"status_code": 44, "status_description": "This credit card has been blocked."}'
    found = await acquirer.start(a_charge(is_3d=True))
    assert isinstance(found, Outcome)
    assert (found.state, found.reason) == (ChargeState.DECLINED, "059")


async def test_a_page_that_leads_back_to_us_with_an_error_is_a_decline(
    acquirer: SipayAcquirer,
) -> None:
    found = await acquirer.start(replace(a_charge(is_3d=True), description=""))
    assert isinstance(found, Outcome)
    assert (found.state, found.explanation) == (
        ChargeState.DECLINED,
        "invoice_description is required",
    )


async def test_a_redirection_back_to_us_is_not_believed_over_sipay_itself(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.redirect = f"{RETURN_URL}?sipay_status=0&status_code=36&error=Pos+not+found"
    found = await acquirer.start(a_charge(is_3d=True))
    assert isinstance(found, Outcome)
    assert found.state is ChargeState.UNDECIDED
    del sipay.sales[REFERENCE]
    sipay.garbled["checkstatus"] = b'{"status_code": 31}'
    found = await acquirer.start(a_charge(is_3d=True))
    assert isinstance(found, Outcome)
    assert (found.state, found.explanation) == (ChargeState.DECLINED, "Pos not found")


async def test_a_bank_that_asks_nothing_is_asked_about_at_once(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.frictionless = True
    found = await acquirer.start(a_charge(is_3d=True))
    assert isinstance(found, Outcome)
    assert (found.state, found.captured) == (ChargeState.CAPTURED, WHOLE)


async def test_a_page_that_claims_success_for_what_sipay_has_not_heard_of_is_not_believed(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.page = (
        f"<form method=post action='{RETURN_URL}'><input name=status_code value=100></form>"
    )
    with pytest.raises(AcquirerAway):
        await acquirer.start(a_charge(is_3d=True))


async def test_the_buyers_address_is_sent_only_if_it_is_public(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    await acquirer.start(a_charge())
    await acquirer.start(a_charge(reference="Y" * 24, buyer=replace(BUYER, ip="10.0.0.7")))
    first, second = sipay.asked("paySmart2D")
    assert first["ip"] == "8.8.8.8"
    assert "ip" not in second


async def test_a_form_and_json_are_notices(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    await acquirer.start(a_charge())
    said = sipay.returned(REFERENCE)
    form = urlencode(said).encode()
    assert acquirer.read_notice({"content-type": "application/x-www-form-urlencoded"}, form) == (
        REFERENCE
    )
    json = msgspec.json.encode(said)
    assert acquirer.read_notice({"content-type": "application/json"}, json) == REFERENCE


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"invoice_id=A1B2C3D4E5F6G7H8J9K0M1N2&hash_key=x"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"hash_key=%FF"),
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b'{"hash_key": {"a": 1}}'),
    ],
)
def test_what_is_no_notice_is_forged(media_type: str, body: bytes, clock: FakeClock) -> None:
    acquirer = SipayAcquirer(access_to("https://sipay.example/ccpayment"), clock=clock)
    with pytest.raises(NoticeForged):
        acquirer.read_notice({"content-type": media_type}, body)
