"""A sandbox for a test, and a merchant's server that hears its notices."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.factories.clock import FakeClock
from tests.factories.sandbox import NoticeBoard, RunningSandbox, notice_board, running_sandbox


@pytest_asyncio.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[RunningSandbox]:
    """A sandbox by the test's clock."""
    async with running_sandbox(clock=clock) as running:
        yield running


@pytest_asyncio.fixture
async def board() -> AsyncIterator[NoticeBoard]:
    """A merchant's server."""
    async with notice_board() as made:
        yield made
