"""Money that goes back, once."""

import pytest
import pytest_asyncio

from bezant.integrations.acquirers.sipay import SipayAcquirer
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import (
    AcquirerAway,
    RefundAsked,
    RefundReference,
    RefundState,
)
from tests.integrations.acquirers.sipay.conftest import a_charge
from tests.integrations.acquirers.sipay.fake import FakeSipay

REFERENCE = a_charge().reference
DONE = RefundState.DONE


@pytest_asyncio.fixture
async def taken(acquirer: SipayAcquirer) -> None:
    """A charge of 1,249.90 lira that was captured."""
    await acquirer.start(a_charge())


def a_refund(minor: int, *, reference: str = "R" * 24) -> RefundAsked:
    """A refund of the charge."""
    return RefundAsked(
        reference=RefundReference(reference),
        charge=REFERENCE,
        amount=Money(minor, Currency.TRY),
        transaction_id="",
        order_reference="",
    )


async def refunded(acquirer: SipayAcquirer) -> int:
    """What Sipay says has gone back."""
    found = (await acquirer.query(REFERENCE)).refunded
    assert found is not None
    return found.minor


@pytest.mark.usefixtures("taken")
async def test_a_charge_goes_back_in_parts_and_then_whole(acquirer: SipayAcquirer) -> None:
    first = await acquirer.refund(a_refund(24_990, reference="A" * 24))
    assert (first.state, first.transaction_id) == (DONE, "R1")
    assert await refunded(acquirer) == 24_990
    second = await acquirer.refund(a_refund(100_000, reference="B" * 24))
    assert (second.state, second.transaction_id) == (DONE, "R2")
    assert await refunded(acquirer) == 124_990


@pytest.mark.usefixtures("taken")
async def test_more_than_is_left_does_not_go_back(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    await acquirer.refund(a_refund(24_990, reference="A" * 24))
    found = await acquirer.refund(a_refund(124_990, reference="B" * 24))
    assert found.state is RefundState.REFUSED
    assert len(sipay.asked("refund")) == 1


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("minor", [24_990, 124_990])
async def test_a_refund_asked_for_twice_is_paid_once(acquirer: SipayAcquirer, minor: int) -> None:
    for _ in range(3):
        assert (await acquirer.refund(a_refund(minor))).state is DONE
        assert await refunded(acquirer) == minor


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("minor", [24_990, 124_990])
async def test_a_refund_whose_reply_is_lost_is_seen_to_be_done(
    acquirer: SipayAcquirer, sipay: FakeSipay, minor: int
) -> None:
    sipay.lost.add("refund")
    assert (await acquirer.refund(a_refund(minor))).state is DONE
    assert len(sipay.asked("refund")) == 1
    assert await refunded(acquirer) == minor


@pytest.mark.usefixtures("taken")
async def test_a_refund_that_takes_too_long_leaves_time_to_ask(
    hasty: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.silent.add("refund")
    assert (await hasty.refund(a_refund(24_990))).state is DONE


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("minor", [24_990, 124_990])
async def test_a_refund_of_which_nothing_is_heard_is_paid_once_however_often_it_is_tried(
    acquirer: SipayAcquirer, sipay: FakeSipay, minor: int
) -> None:
    # Paid, its answer lost, and no question answered until the next try.
    sipay.lost |= {"refund"}
    sipay.fails_after_refund = True
    with pytest.raises(AcquirerAway):
        await acquirer.refund(a_refund(minor))
    sipay.lost.clear()
    sipay.down.clear()
    sipay.fails_after_refund = False
    assert (await acquirer.refund(a_refund(minor))).state is DONE
    assert await refunded(acquirer) == minor


@pytest.mark.usefixtures("taken")
async def test_a_refund_that_never_arrived_is_paid_by_the_next_try(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.down["refund"] = 503
    with pytest.raises(AcquirerAway):
        await acquirer.refund(a_refund(24_990))
    assert await refunded(acquirer) == 0
    sipay.down.clear()
    assert (await acquirer.refund(a_refund(24_990))).state is DONE
    assert await refunded(acquirer) == 24_990


@pytest.mark.usefixtures("taken")
async def test_a_refund_that_sipay_has_but_has_not_paid_is_unknown(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.refund_ids.add("R" * 24)
    with pytest.raises(AcquirerAway):
        await acquirer.refund(a_refund(24_990))


@pytest.mark.usefixtures("taken")
async def test_a_refund_that_sipays_people_complete_is_done(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.refund_code, sipay.refund_text = 101, "Your refund request has been created"
    found = await acquirer.refund(a_refund(24_990))
    assert (found.state, found.explanation) == (DONE, "Your refund request has been created")


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize(
    ("code", "text"),
    [
        (49, "Please wait at least 30 seconds for another refund"),
        (49, "Lütfen yeni bir iade için en az 30 saniye bekleyiniz"),
        (99, "Unknown Error"),
        (69, "Order not yet processed"),
    ],
)
async def test_a_refund_that_is_only_put_off_is_not_refused(
    acquirer: SipayAcquirer, sipay: FakeSipay, code: int, text: str
) -> None:
    sipay.refund_code, sipay.refund_text = code, text
    with pytest.raises(AcquirerAway):
        await acquirer.refund(a_refund(24_990))


@pytest.mark.usefixtures("taken")
async def test_a_refund_that_sipay_refuses_is_refused_in_its_words(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.refund_code, sipay.refund_text = 49, "Insufficient Balance"
    found = await acquirer.refund(a_refund(24_990))
    assert (found.state, found.explanation) == (RefundState.REFUSED, "Insufficient Balance")


async def test_nothing_goes_back_of_what_was_declined(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    sipay.bank_code = "51"
    await acquirer.start(a_charge())
    assert (await acquirer.refund(a_refund(1))).state is RefundState.REFUSED
    assert not sipay.asked("refund")


async def test_nothing_goes_back_of_what_is_not_known_to_be_captured(
    acquirer: SipayAcquirer, sipay: FakeSipay
) -> None:
    with pytest.raises(AcquirerAway):
        await acquirer.refund(a_refund(1))
    await acquirer.start(a_charge(is_3d=True))
    with pytest.raises(AcquirerAway):
        await acquirer.refund(a_refund(1))
    assert not sipay.asked("refund")
