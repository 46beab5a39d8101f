"""Charges through the adapter, over a real socket: every card, every way."""

import asyncio

import pytest

from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.integrations.acquirers.sandbox.cards import (
    CODES_ALLOWED,
    TEST_CARDS,
    Behaviour,
    SandboxCard,
)
from bezant.integrations.acquirers.sandbox.server.settings import CHALLENGE_LIFE_S
from bezant.integrations.acquirers.sandbox.wire import AuthMode, Plan, ReplyPlan
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import (
    AcquirerAway,
    Challenge,
    ChargeReference,
    ChargeState,
    NoticeForged,
    Outcome,
)
from tests.factories.clock import FakeClock
from tests.factories.sandbox import (
    GOOD,
    GOOD_3D,
    RunningSandbox,
    a_card,
    a_charge,
    new_reference,
    running_sandbox,
)

PAID = Money(291_473, Currency.TRY)
DECLINED = [card for card in TEST_CARDS if card.behaviour.reason]
CHARGED = [card for card in TEST_CARDS if card.behaviour is Behaviour.APPROVED]


def _named(card: SandboxCard) -> str:
    return f"{card.behaviour}-{card.number}"


async def _started(sandbox: RunningSandbox, number: str, *, is_3d: bool = False) -> Outcome:
    outcome = await sandbox.acquirer.start(a_charge(a_card(number), is_3d=is_3d))
    assert isinstance(outcome, Outcome)
    return outcome


async def _challenged(
    sandbox: RunningSandbox, number: str = GOOD_3D
) -> tuple[Challenge, ChargeReference]:
    charge = a_charge(a_card(number), is_3d=True)
    challenge = await sandbox.acquirer.start(charge)
    assert isinstance(challenge, Challenge)
    return challenge, charge.reference


@pytest.mark.parametrize("card", CHARGED, ids=_named)
async def test_a_good_card_is_charged(sandbox: RunningSandbox, card: SandboxCard) -> None:
    outcome = await _started(sandbox, card.number)

    assert outcome.state is ChargeState.CAPTURED
    assert outcome.captured == PAID
    assert outcome.refunded == Money.zero(Currency.TRY)
    assert outcome.auth_mode == AuthMode.DIRECT
    assert outcome.reason == outcome.explanation == ""
    assert await sandbox.acquirer.query(outcome.reference) == outcome


@pytest.mark.parametrize("card", DECLINED, ids=_named)
async def test_a_bad_card_is_declined_for_its_reason(
    sandbox: RunningSandbox, card: SandboxCard
) -> None:
    outcome = await _started(sandbox, card.number)

    assert (outcome.state, outcome.reason) == (ChargeState.DECLINED, card.behaviour.reason)
    assert outcome.explanation
    assert outcome.captured is None
    assert await sandbox.control.takings() == []


@pytest.mark.parametrize("card", [*CHARGED, *DECLINED], ids=_named)
async def test_3d_asks_the_customer_where_the_card_is_enrolled(
    sandbox: RunningSandbox, card: SandboxCard
) -> None:
    charge = a_charge(a_card(card.number), is_3d=True)

    started = await sandbox.acquirer.start(charge)

    if not card.is_enrolled:
        assert isinstance(started, Outcome)
        assert started.auth_mode == AuthMode.NOT_ENROLLED
        return
    assert isinstance(started, Challenge)
    undecided = await sandbox.acquirer.query(charge.reference)
    assert undecided.state is ChargeState.UNDECIDED
    returned = await sandbox.control.approve(started.url)
    assert returned is not None
    outcome = await sandbox.acquirer.confirm(charge.reference, returned.fields)
    assert outcome.reason == card.behaviour.reason
    assert outcome.auth_mode == AuthMode.THREE_D
    assert returned.fields["result"] == ("fail" if outcome.reason else "success")


@pytest.mark.parametrize(("number", "cvv"), [(GOOD, "000"), ("375631000000009", "0000")])
async def test_zeros_on_the_back_of_any_card_are_wrong(
    sandbox: RunningSandbox, number: str, cvv: str
) -> None:
    outcome = await sandbox.acquirer.start(a_charge(a_card(number, cvv=cvv)))

    assert isinstance(outcome, Outcome)
    assert outcome.reason == "082"


async def test_a_card_whose_last_month_is_over_is_expired(sandbox: RunningSandbox) -> None:
    for expiry, reason in (("05/26", "054"), ("06/26", "")):
        outcome = await sandbox.acquirer.start(a_charge(a_card(expiry=expiry)))
        assert isinstance(outcome, Outcome)
        assert outcome.reason == reason


async def test_a_card_that_is_no_test_card_is_declined(sandbox: RunningSandbox) -> None:
    assert (await _started(sandbox, "4111111111111111")).reason == "096"


async def test_the_explanation_is_in_the_language_of_the_charge(sandbox: RunningSandbox) -> None:
    card = a_card("4532010000000511")

    outcome = await sandbox.acquirer.start(a_charge(card, language=Language.TR))

    assert isinstance(outcome, Outcome)
    assert outcome.explanation == "Yetersiz bakiye"


async def test_fifty_at_once_by_one_reference_are_one_capture(sandbox: RunningSandbox) -> None:
    charge = a_charge()

    outcomes = await asyncio.gather(*(sandbox.acquirer.start(charge) for _ in range(50)))

    assert all(outcome == outcomes[0] for outcome in outcomes)
    (movement,) = await sandbox.control.movements(charge.reference)
    assert movement.amount == PAID.minor


async def test_a_reference_that_comes_again_charges_nothing_and_says_the_first_answer(
    sandbox: RunningSandbox,
) -> None:
    first = await _started(sandbox, "4532010000000511")

    again = await sandbox.acquirer.start(a_charge(a_card(GOOD), reference=first.reference))

    assert again == first
    assert await sandbox.control.takings() == []


async def test_a_challenge_that_is_asked_for_again_is_the_same(sandbox: RunningSandbox) -> None:
    charge = a_charge(a_card(GOOD_3D), is_3d=True)

    assert await sandbox.acquirer.start(charge) == await sandbox.acquirer.start(charge)


async def test_nobody_has_heard_of_another_reference(sandbox: RunningSandbox) -> None:
    assert (await sandbox.acquirer.query(new_reference())).state is ChargeState.UNHEARD


async def test_a_reply_that_is_lost_was_a_capture(sandbox: RunningSandbox) -> None:
    charge = a_charge(a_card("4532010000009009"))

    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.start(charge)

    outcome = await sandbox.acquirer.query(charge.reference)
    assert (outcome.state, outcome.captured) == (ChargeState.CAPTURED, PAID)


async def test_what_never_reached_the_sandbox_was_nothing(sandbox: RunningSandbox) -> None:
    charge = a_charge(a_card("4532010000009017"))

    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.start(charge)

    assert (await sandbox.acquirer.query(charge.reference)).state is ChargeState.UNHEARD
    assert await sandbox.control.takings() == []


async def test_behind_3d_it_is_the_first_question_whose_answer_is_lost(
    sandbox: RunningSandbox,
) -> None:
    challenge, reference = await _challenged(sandbox, "5528740000009004")
    returned = await sandbox.control.approve(challenge.url)
    assert returned is not None

    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.confirm(reference, returned.fields)

    outcome = await sandbox.acquirer.query(reference)
    assert outcome.state is ChargeState.CAPTURED


async def test_behind_3d_a_bank_that_was_never_reached_leaves_it_open_until_the_limit(
    sandbox: RunningSandbox, clock: FakeClock
) -> None:
    challenge, reference = await _challenged(sandbox, "5528740000009012")
    returned = await sandbox.control.approve(challenge.url)
    assert returned is not None
    assert returned.fields["result"] == "pending"

    outcome = await sandbox.acquirer.confirm(reference, returned.fields)
    assert outcome.state is ChargeState.UNDECIDED
    # The page is done with: it sends the browser back once more and charges nothing.
    assert await sandbox.control.approve(challenge.url) == returned

    clock.advance(seconds=CHALLENGE_LIFE_S)
    outcome = await sandbox.acquirer.query(reference)
    assert (outcome.state, outcome.reason) == (ChargeState.DECLINED, "091")


async def test_a_wrong_code_is_asked_for_again_and_three_are_too_many(
    sandbox: RunningSandbox,
) -> None:
    challenge, reference = await _challenged(sandbox)

    for _ in range(CODES_ALLOWED - 1):
        assert await sandbox.control.approve(challenge.url, code="654321") is None
    returned = await sandbox.control.approve(challenge.url, code="654321")

    assert returned is not None
    outcome = await sandbox.acquirer.confirm(reference, returned.fields)
    assert (outcome.state, outcome.reason) == (ChargeState.DECLINED, "050")
    assert returned.fields["reason"] == "050"
    assert await sandbox.control.approve(challenge.url) == returned


async def test_the_right_code_after_a_wrong_one_passes(sandbox: RunningSandbox) -> None:
    challenge, reference = await _challenged(sandbox)

    assert await sandbox.control.approve(challenge.url, code="") is None
    assert await sandbox.control.approve(challenge.url, code=" 123456 ") is not None

    outcome = await sandbox.acquirer.query(reference)
    assert outcome.state is ChargeState.CAPTURED


async def test_a_customer_who_says_no_is_declined(sandbox: RunningSandbox) -> None:
    challenge, reference = await _challenged(sandbox)

    returned = await sandbox.control.reject(challenge.url)

    assert returned is not None
    outcome = await sandbox.acquirer.confirm(reference, returned.fields)
    assert (outcome.state, outcome.reason) == (ChargeState.DECLINED, "050")


async def test_approving_twice_at_once_captures_once(sandbox: RunningSandbox) -> None:
    challenge, reference = await _challenged(sandbox)

    returns = await asyncio.gather(*(sandbox.control.approve(challenge.url) for _ in range(10)))

    assert len({returned.url for returned in returns if returned}) == 1
    assert None not in returns
    assert len(await sandbox.control.movements(reference)) == 1


async def test_a_page_can_be_approved_until_its_limit_and_not_after(
    sandbox: RunningSandbox, clock: FakeClock
) -> None:
    (late, captured), (too_late, declined) = [await _challenged(sandbox) for _ in range(2)]

    clock.advance(seconds=CHALLENGE_LIFE_S - 1)
    await sandbox.control.approve(late.url)
    clock.advance(seconds=1)
    returned = await sandbox.control.approve(too_late.url)

    assert returned is not None
    assert returned.fields["reason"] == "050"
    assert len(await sandbox.control.movements(captured)) == 1
    assert await sandbox.control.movements(declined) == []


async def test_what_the_browser_brings_keeps_the_address_it_was_given(
    sandbox: RunningSandbox,
) -> None:
    challenge, reference = await _challenged(sandbox)

    returned = await sandbox.control.approve(challenge.url)

    assert returned is not None
    assert returned.url.startswith("http://shop.test/pay/TOKEN/3d?lang=tr&")
    assert returned.fields["reference"] == reference


@pytest.mark.parametrize("change", ["reference", "result", "reason", "signature"])
async def test_a_return_that_was_altered_is_forged(sandbox: RunningSandbox, change: str) -> None:
    challenge, reference = await _challenged(sandbox)
    returned = await sandbox.control.reject(challenge.url)
    assert returned is not None
    fields = {**returned.fields, change: "X"}

    with pytest.raises(NoticeForged):
        await sandbox.acquirer.confirm(reference, fields)
    del fields[change]
    with pytest.raises(NoticeForged):
        await sandbox.acquirer.confirm(reference, fields)


async def test_the_return_of_one_charge_confirms_no_other(sandbox: RunningSandbox) -> None:
    challenge, _ = await _challenged(sandbox)
    _, other = await _challenged(sandbox)
    returned = await sandbox.control.approve(challenge.url)
    assert returned is not None

    with pytest.raises(NoticeForged):
        await sandbox.acquirer.confirm(other, returned.fields)


async def test_who_has_another_secret_gets_no_answer(sandbox: RunningSandbox) -> None:
    stranger = SandboxAcquirer(SandboxAccess.under(sandbox.access.url, "of somebody else"))
    half = SandboxAcquirer(
        SandboxAccess(sandbox.access.url, sandbox.access.api_key, b"not the signing key", 5)
    )

    for acquirer in (stranger, half):
        with pytest.raises(AcquirerAway):
            await acquirer.start(a_charge())
        await acquirer.close()
    assert await sandbox.control.takings() == []


async def test_a_sandbox_that_is_not_there_is_away() -> None:
    async with running_sandbox() as sandbox:
        access = sandbox.access
    acquirer = SandboxAcquirer(access)

    with pytest.raises(AcquirerAway):
        await acquirer.query(new_reference())
    await acquirer.close()


async def test_a_plan_is_for_its_reference_or_for_the_next_charge(
    sandbox: RunningSandbox,
) -> None:
    planned, other = a_charge(), a_charge()
    await sandbox.control.plan(Plan(reply=ReplyPlan.LOST), reference=planned.reference)

    assert isinstance(await sandbox.acquirer.start(other), Outcome)
    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.start(planned)

    await sandbox.control.plan(Plan(reply=ReplyPlan.UNREACHED))
    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.start(a_charge())
    assert isinstance(await sandbox.acquirer.start(a_charge()), Outcome)


async def test_answers_to_questions_can_be_lost_so_many_times(sandbox: RunningSandbox) -> None:
    await sandbox.control.plan(Plan(lost_queries=2, query_delay_ms=1))
    outcome = await _started(sandbox, GOOD)

    for _ in range(2):
        with pytest.raises(AcquirerAway):
            await sandbox.acquirer.query(outcome.reference)
    assert await sandbox.acquirer.query(outcome.reference) == outcome


async def test_a_call_that_takes_too_long_is_given_up(sandbox: RunningSandbox) -> None:
    await sandbox.control.plan(Plan(query_delay_ms=60_000))
    outcome = await _started(sandbox, GOOD)
    hasty = SandboxAcquirer(
        SandboxAccess.under(sandbox.access.url, sandbox.settings.secret, timeout_s=1)
    )

    with pytest.raises(AcquirerAway):
        await hasty.query(outcome.reference)
    await hasty.close()


async def test_two_sandboxes_of_a_seed_say_the_same_and_of_another_seed_something_else() -> None:
    charges = [a_charge(a_card(number), is_3d=True) for number in (GOOD, GOOD_3D)]
    said = []

    for seed in (7, 7, 8):
        async with running_sandbox(seed=seed, public_url="http://bank.test") as sandbox:
            said.append([await sandbox.acquirer.start(charge) for charge in charges])

    assert said[0] == said[1]
    assert all(one != other for one, other in zip(said[0], said[2], strict=True))
