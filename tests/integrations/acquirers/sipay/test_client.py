"""Tokens, faults of the network, and what never leaves a request."""

import asyncio
import logging

import pytest
import structlog

from bezant.integrations.acquirers.sipay import SipayAcquirer
from bezant.payments.acquirer import AcquirerAway, Challenge, ChargeState
from tests.factories.clock import FakeClock
from tests.integrations.acquirers.sipay.conftest import CVV, NUMBER, a_charge, access_to
from tests.integrations.acquirers.sipay.fake import APP_SECRET, MERCHANT_KEY, FakeSipay

REFERENCE = a_charge().reference


async def test_a_token_is_used_until_ten_minutes_before_its_end(
    acquirer: SipayAcquirer, sipay: FakeSipay, clock: FakeClock
) -> None:
    await acquirer.query(REFERENCE)
    clock.advance(seconds=6_599)
    await acquirer.query(REFERENCE)
    assert sipay.tokens_given == 1
    clock.advance(seconds=1)
    await acquirer.query(REFERENCE)
    assert sipay.tokens_given == 2


async def test_a_token_that_is_refused_is_replaced_and_the_charge_is_made_once(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    await acquirer.query(REFERENCE)
    sipay.revoke_tokens()
    found = await acquirer.start(a_charge())
    assert not isinstance(found, Challenge)
    assert found.state is ChargeState.CAPTURED
    assert (sipay.tokens_given, len(sipay.sales)) == (2, 1)


async def test_many_at_once_fetch_one_token(acquirer: SipayAcquirer, sipay: FakeSipay) -> None:
    await asyncio.gather(*(acquirer.query(REFERENCE) for _ in range(20)))
    assert sipay.tokens_given == 1
    sipay.revoke_tokens()
    await asyncio.gather(*(acquirer.query(REFERENCE) for _ in range(20)))
    assert sipay.tokens_given == 2


async def test_whoever_gives_up_waiting_for_a_token_leaves_it_to_the_others(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    first = asyncio.create_task(acquirer.query(REFERENCE))
    second = asyncio.create_task(acquirer.query(REFERENCE))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).state is ChargeState.UNHEARD
    assert sipay.tokens_given == 1


@pytest.mark.parametrize("body", [b"", b'{"status_code": 30}', b'{"status_code": 100, "data": {}}'])
async def test_without_a_token_nothing_is_sent(
    acquirer: SipayAcquirer, sipay: FakeSipay, body: bytes
) -> None:
    sipay.garbled["token"] = body
    with pytest.raises(AcquirerAway):
        await acquirer.start(a_charge())
    assert not sipay.asked("paySmart2D")
    sipay.garbled.clear()
    assert (await acquirer.query(REFERENCE)).state is ChargeState.UNHEARD


async def test_wrong_credentials_are_refused_and_tried_no_further(
    sipay: FakeSipay, clock: FakeClock
) -> None:
    acquirer = SipayAcquirer(access_to(sipay.url, app_secret="another"), clock=clock)
    with pytest.raises(AcquirerAway):
        await acquirer.query(REFERENCE)
    await acquirer.close()
    assert len(sipay.requests) == 1


async def test_a_request_that_is_refused_with_a_new_token_too_is_given_up(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.garbled["checkstatus"] = b'{"status_code": 30}'
    with pytest.raises(AcquirerAway):
        await acquirer.query(REFERENCE)
    assert len(sipay.asked("checkstatus")) == 2


async def test_nobody_at_the_address_is_away(clock: FakeClock) -> None:
    acquirer = SipayAcquirer(access_to("http://127.0.0.1:9/ccpayment"), clock=clock)
    with pytest.raises(AcquirerAway):
        await acquirer.query(REFERENCE)
    await acquirer.close()


def test_sipay_is_not_spoken_to_in_the_open() -> None:
    with pytest.raises(ValueError, match="https"):
        access_to("http://sipay.example/ccpayment")


async def test_the_notice_address_is_named_only_if_there_is_one(
    sipay: FakeSipay, clock: FakeClock
) -> None:
    acquirer = SipayAcquirer(access_to(sipay.url, web_hook="bezant"), clock=clock)
    await acquirer.start(a_charge())
    await acquirer.close()
    assert sipay.asked("paySmart2D")[0]["sale_web_hook_key"] == "bezant"
    silent = SipayAcquirer(access_to(sipay.url), clock=clock)
    await silent.start(a_charge(reference="X" * 24))
    await silent.close()
    assert "sale_web_hook_key" not in sipay.asked("paySmart2D")[1]


@pytest.mark.parametrize("is_3d", [False, True])
@pytest.mark.parametrize("fault", ["none", "down", "lost", "garbled", "declined"])
async def test_no_log_error_or_repr_tells_a_card_or_a_secret(
    acquirer: SipayAcquirer,
    sipay: FakeSipay,
    caplog: pytest.LogCaptureFixture,
    is_3d: bool,  # noqa: FBT001 - a parameter of the table above.
    fault: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    path = "paySmart3D" if is_3d else "paySmart2D"
    sipay.bank_code = "51" if fault == "declined" else ""
    sipay.down |= {path: 503} if fault == "down" else {}
    sipay.lost |= {path} if fault == "lost" else set()
    sipay.garbled |= {path: f"<p>{NUMBER}</p>".encode()} if fault == "garbled" else {}
    charge = a_charge(is_3d=is_3d)
    told = [repr(charge), repr(access_to(sipay.url))]
    with structlog.testing.capture_logs() as lines:
        try:
            told.append(repr(await acquirer.start(charge)))
        except AcquirerAway as away:
            told += _everything_of(away)
    told += [repr(lines), caplog.text]
    assert lines
    for secret in (NUMBER, f"'{CVV}'", APP_SECRET, MERCHANT_KEY):
        assert not [text for text in told if secret in text]


def _everything_of(error: BaseException | None) -> list[str]:
    """An error and all that led to it."""
    told = []
    while error is not None:
        told += [str(error), repr(error), repr(error.args)]
        error = error.__cause__ or error.__context__
    return told
