"""Notices, against the browser's return: before, with it, after, twice, late, never."""

import asyncio
from pathlib import Path

import pytest

from bezant.integrations.acquirers.sandbox.wire import NoticePlan, Plan
from bezant.payments.acquirer import Challenge, ChargeReference, NoticeForged
from tests.factories.clock import FakeClock
from tests.factories.sandbox import (
    GOOD_3D,
    NoticeBoard,
    RunningSandbox,
    a_card,
    a_charge,
    running_sandbox,
)


async def _approved(
    sandbox: RunningSandbox, *, plan: Plan | None = None, on_page: NoticePlan | None = None
) -> ChargeReference:
    charge = a_charge(a_card(GOOD_3D), is_3d=True)
    if plan is not None:
        await sandbox.control.plan(plan, reference=charge.reference)
    challenge = await sandbox.acquirer.start(charge)
    assert isinstance(challenge, Challenge)
    assert await sandbox.control.approve(challenge.url, notice=on_page) is not None
    return charge.reference


async def _counts(sandbox: RunningSandbox, reference: str) -> tuple[int, int]:
    told = await sandbox.control.notices(reference)
    return told.delivered, told.pending


async def _until_delivered(sandbox: RunningSandbox, reference: str, count: int) -> None:
    """Waits for the sandbox's own tasks, which answer as soon as they run."""
    async with asyncio.timeout(10):
        while (await _counts(sandbox, reference)) != (count, 0):
            pass


@pytest.mark.parametrize(
    ("notice", "on_return", "in_the_end"),
    [
        (NoticePlan.BEFORE, (1, 0), 1),
        (NoticePlan.AFTER, (0, 1), 1),
        (NoticePlan.LATE, (0, 1), 1),
        (NoticePlan.NEVER, (0, 0), 0),
    ],
)
async def test_a_notice_is_sent_when_the_plan_says(
    board: NoticeBoard, notice: NoticePlan, on_return: tuple[int, int], in_the_end: int
) -> None:
    async with running_sandbox(notice_url=board.url) as sandbox:
        plan = Plan(notice=notice, notice_delay_ms=60_000)
        reference = await _approved(sandbox, plan=plan)

        assert await _counts(sandbox, reference) == on_return
        assert await sandbox.control.deliver_notices() == on_return[1]
        assert len(board.posted) == in_the_end


@pytest.mark.parametrize(("notice", "sent"), [(NoticePlan.TOGETHER, 1), (NoticePlan.TWICE, 2)])
async def test_a_notice_that_goes_with_the_browser_is_sent_by_itself(
    board: NoticeBoard, notice: NoticePlan, sent: int
) -> None:
    async with running_sandbox(notice_url=board.url) as sandbox:
        reference = await _approved(sandbox, plan=Plan(notice=notice, notice_delay_ms=0))

        await _until_delivered(sandbox, reference, sent)
        assert len(board.posted) == sent


async def test_what_is_chosen_on_the_page_goes_before_the_plan(board: NoticeBoard) -> None:
    async with running_sandbox(notice_url=board.url, notice=NoticePlan.NEVER) as sandbox:
        reference = await _approved(sandbox, on_page=NoticePlan.BEFORE)

        assert await _counts(sandbox, reference) == (1, 0)


async def test_a_charge_without_3d_has_a_notice_only_by_plan(board: NoticeBoard) -> None:
    async with running_sandbox(notice_url=board.url) as sandbox:
        await sandbox.acquirer.start(a_charge())
        assert board.posted == []

        await sandbox.control.plan(Plan(notice=NoticePlan.BEFORE))
        await sandbox.acquirer.start(a_charge())
        assert len(board.posted) == 1


async def test_a_notice_names_its_charge_and_is_signed(board: NoticeBoard) -> None:
    async with running_sandbox(notice_url=board.url, notice=NoticePlan.BEFORE) as sandbox:
        reference = await _approved(sandbox)
        ((headers, body),) = board.posted

        assert sandbox.acquirer.read_notice(headers, body) == reference
        with pytest.raises(NoticeForged):
            sandbox.acquirer.read_notice(headers, body + b" ")
        with pytest.raises(NoticeForged):
            sandbox.acquirer.read_notice({}, body)


async def test_a_return_is_no_notice(board: NoticeBoard) -> None:
    async with running_sandbox(notice_url=board.url) as sandbox:
        charge = a_charge(a_card(GOOD_3D), is_3d=True)
        challenge = await sandbox.acquirer.start(charge)
        assert isinstance(challenge, Challenge)
        returned = await sandbox.control.approve(challenge.url)
        assert returned is not None
        headers = {"x-sandbox-signature": returned.fields["signature"]}

        with pytest.raises(NoticeForged):
            sandbox.acquirer.read_notice(headers, charge.reference.encode())


async def test_a_notice_that_is_refused_is_tried_again(board: NoticeBoard) -> None:
    async with running_sandbox(notice_url=board.url, notice=NoticePlan.BEFORE) as sandbox:
        board.status = 500
        reference = await _approved(sandbox)
        assert await _counts(sandbox, reference) == (0, 1)

        board.status = 204
        assert await sandbox.control.deliver_notices() == 1
        assert await _counts(sandbox, reference) == (1, 0)


async def test_a_notice_that_nobody_takes_is_given_up(board: NoticeBoard) -> None:
    board.status = 500
    async with running_sandbox(notice_url=board.url, notice=NoticePlan.BEFORE) as sandbox:
        reference = await _approved(sandbox)
        for _ in range(3):
            assert await sandbox.control.deliver_notices() == 0

        assert await _counts(sandbox, reference) == (0, 0)
        assert len(board.posted) == 4


async def test_a_notice_that_waits_is_sent_by_the_next_process(
    board: NoticeBoard, tmp_path: Path, clock: FakeClock
) -> None:
    told: dict[str, object] = {"state": str(tmp_path / "s.db"), "notice_url": board.url}
    async with running_sandbox(clock=clock, notice=NoticePlan.LATE, **told) as sandbox:
        reference = await _approved(sandbox)
    assert board.posted == []

    clock.advance(seconds=31)
    async with running_sandbox(clock=clock, **told) as sandbox:
        await _until_delivered(sandbox, reference, 1)
    assert len(board.posted) == 1
