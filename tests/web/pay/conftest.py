"""Fixtures of the payment pages: no database, a desk that says what it was told."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.factories.lifespan import transport_of
from tests.factories.pay_desk import BASE_URL, FakeDesk, pay_app


@pytest.fixture
def desk() -> FakeDesk:
    """The desk of this test."""
    return FakeDesk()


@pytest_asyncio.fixture
async def browser(desk: FakeDesk) -> AsyncIterator[httpx.AsyncClient]:
    """A client that goes nowhere by itself."""
    app = pay_app(desk)
    transport = transport_of(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client
