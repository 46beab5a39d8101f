"""Cards that are kept: with a charge, on their own, with 3-D; and that no number is."""

import re
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from bezant.integrations.acquirers.sandbox.cards import TEST_CARDS
from bezant.integrations.acquirers.sandbox.wire import Plan, ReplyPlan
from bezant.payments.acquirer import (
    AcquirerAway,
    CardKeepingUnavailable,
    Challenge,
    KeptCard,
    NewKeptCard,
    Outcome,
)
from bezant.payments.card import CardExpiry, CardInHand, Secret
from tests.factories.sandbox import (
    GOOD,
    GOOD_3D,
    RunningSandbox,
    a_card,
    a_charge,
    a_keeping,
    running_sandbox,
)

OWNER = "customer-1"


async def _kept(sandbox: RunningSandbox, number: str = GOOD) -> NewKeptCard:
    kept = await sandbox.acquirer.keep_card(a_card(number), a_keeping(OWNER))
    assert isinstance(kept, NewKeptCard)
    return kept


async def _paid_with(sandbox: RunningSandbox, card: KeptCard) -> Outcome:
    outcome = await sandbox.acquirer.start(a_charge(card))
    assert isinstance(outcome, Outcome)
    return outcome


def _in_hand(kept: NewKeptCard, *, owner: str = OWNER, cvv: str | None = None) -> KeptCard:
    value = None if cvv is None else Secret(cvv)
    return KeptCard(token=kept.token, owner=owner, face=kept.face, cvv=value)


async def test_a_card_without_3d_is_kept_at_once_and_pays(sandbox: RunningSandbox) -> None:
    kept = await _kept(sandbox)

    assert (kept.face.bin, kept.face.last_four) == (GOOD[:8], GOOD[-4:])
    assert kept.face.expiry == CardExpiry(2030, 12)
    assert (await _paid_with(sandbox, _in_hand(kept))).reason == ""
    assert (await _paid_with(sandbox, _in_hand(kept, cvv="123"))).reason == ""
    assert (await _paid_with(sandbox, _in_hand(kept, cvv="000"))).reason == "082"


async def test_a_card_with_3d_is_kept_once_the_customer_agrees(sandbox: RunningSandbox) -> None:
    keeping = a_keeping(OWNER)
    challenge = await sandbox.acquirer.keep_card(a_card(GOOD_3D), keeping)
    assert isinstance(challenge, Challenge)
    returned = await sandbox.control.approve(challenge.url)
    assert returned is not None

    kept = await sandbox.acquirer.kept_card(keeping.reference, returned.fields)

    assert kept is not None
    assert await sandbox.control.takings() == []
    assert (await _paid_with(sandbox, _in_hand(kept))).reason == ""


async def test_a_card_is_not_kept_when_the_customer_says_no(sandbox: RunningSandbox) -> None:
    keeping = a_keeping(OWNER)
    challenge = await sandbox.acquirer.keep_card(a_card(GOOD_3D), keeping)
    assert isinstance(challenge, Challenge)
    returned = await sandbox.control.reject(challenge.url)
    assert returned is not None

    assert await sandbox.acquirer.kept_card(keeping.reference, returned.fields) is None


@pytest.mark.parametrize("is_3d", [False, True])
async def test_a_charge_keeps_its_card_when_it_is_asked_to(
    sandbox: RunningSandbox, *, is_3d: bool
) -> None:
    charge = a_charge(a_card(GOOD_3D), is_3d=is_3d, keep_as=OWNER)
    outcome = await sandbox.acquirer.start(charge)
    if isinstance(outcome, Challenge):
        assert (await sandbox.acquirer.query(charge.reference)).kept_card is None
        await sandbox.control.approve(outcome.url)
        outcome = await sandbox.acquirer.query(charge.reference)

    assert outcome.kept_card is not None
    assert (await _paid_with(sandbox, _in_hand(outcome.kept_card))).reason == ""


async def test_a_declined_charge_keeps_no_card(sandbox: RunningSandbox) -> None:
    outcome = await sandbox.acquirer.start(a_charge(a_card("4532010000000511"), keep_as=OWNER))

    assert isinstance(outcome, Outcome)
    assert outcome.kept_card is None


async def test_a_kept_card_does_what_it_does_in_hand(sandbox: RunningSandbox) -> None:
    no_funds = _in_hand(await _kept(sandbox, "4532010000000511"))
    assert (await _paid_with(sandbox, no_funds)).reason == "051"

    keeping = a_keeping(OWNER)
    challenge = await sandbox.acquirer.keep_card(a_card(GOOD_3D), keeping)
    assert isinstance(challenge, Challenge)
    returned = await sandbox.control.approve(challenge.url)
    assert returned is not None
    kept = await sandbox.acquirer.kept_card(keeping.reference, returned.fields)
    assert kept is not None
    asked = await sandbox.acquirer.start(a_charge(_in_hand(kept), is_3d=True))
    assert isinstance(asked, Challenge)


async def test_the_same_card_of_the_same_owner_is_kept_once(sandbox: RunningSandbox) -> None:
    assert await _kept(sandbox) == await _kept(sandbox)


async def test_a_kept_card_pays_for_its_owner_only(sandbox: RunningSandbox) -> None:
    kept = await _kept(sandbox)

    assert (await _paid_with(sandbox, _in_hand(kept, owner="another"))).reason == "096"


async def test_a_card_is_forgotten_by_its_owner_only_and_as_often_as_one_likes(
    sandbox: RunningSandbox,
) -> None:
    kept = await _kept(sandbox)

    await sandbox.acquirer.forget_card(kept.token, "another")
    assert (await _paid_with(sandbox, _in_hand(kept))).reason == ""
    for _ in range(2):
        await sandbox.acquirer.forget_card(kept.token, OWNER)
    assert (await _paid_with(sandbox, _in_hand(kept))).reason == "096"


@pytest.mark.parametrize(("reply", "heard"), [("lost", "captured"), ("unreached", "unheard")])
async def test_a_card_whose_keeping_is_not_answered_may_be_kept_or_not(
    sandbox: RunningSandbox, reply: str, heard: str
) -> None:
    keeping = a_keeping(OWNER)
    await sandbox.control.plan(Plan(reply=ReplyPlan(reply)), reference=keeping.reference)

    with pytest.raises(AcquirerAway):
        await sandbox.acquirer.keep_card(a_card(), keeping)

    assert (await sandbox.acquirer.query(keeping.reference)).state == heard


async def test_a_card_that_is_no_test_card_is_not_kept(sandbox: RunningSandbox) -> None:
    with pytest.raises(CardKeepingUnavailable):
        await sandbox.acquirer.keep_card(a_card("4111111111111111"), a_keeping())


async def test_no_number_and_no_value_is_in_the_file_or_in_what_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    numbers = [card.number for card in TEST_CARDS]
    async with running_sandbox(state=str(tmp_path / "sandbox.db")) as sandbox:
        for number in numbers:
            await _try_to_keep(sandbox, a_card(number, cvv="9753"))

    kept = _contents(tmp_path) + "".join(capfd.readouterr()).encode()
    assert numbers[0][:8].encode() in kept
    assert not [number for number in numbers if number.encode() in kept]
    # Four digits may stand in a hash; a value would stand alone.
    with sqlite3.connect(tmp_path / "sandbox.db") as file:
        dump = "\n".join(file.iterdump())
    file.close()
    assert OWNER in dump
    assert not re.search(r"(?<![0-9A-Za-z])9753(?![0-9A-Za-z])", dump)


def _contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


async def _try_to_keep(sandbox: RunningSandbox, card: CardInHand) -> None:
    # What never arrives was written all the same.
    with suppress(AcquirerAway):
        started = await sandbox.acquirer.start(a_charge(card, is_3d=True, keep_as=OWNER))
        if isinstance(started, Challenge):
            await sandbox.control.approve(started.url)
