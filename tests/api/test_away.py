"""A database that goes away and comes back: what callers hear of it."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
import pytest_asyncio

from bezant.kernel.db import Database
from bezant.settings import Settings
from bezant.wiring import open_house
from tests.factories.catalog import set_market
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.databases import address_of, cloned_database
from tests.factories.lifespan import open_app, transport_of
from tests.factories.shop import SECRET_KEY, customer_body, make_sign_in

PATH = "/partner/ecom/categories"
AWAY = "The system cannot answer at the moment; please try again shortly."


@pytest.fixture(scope="module")
def frail_url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """The address of a database that these tests take away."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_frail") as url:
        yield url


class Switch:
    """Takes a database away from everybody, and gives it back."""

    def __init__(self, server: str, url: str) -> None:
        self._server = address_of(server, "postgres")
        self._name = urlsplit(url).path[1:]

    async def off(self) -> None:
        """Ends every connection; none can be made again."""
        await self._do(
            f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false',
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{self._name}'",
        )

    async def on(self) -> None:
        """Connections can be made again."""
        await self._do(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')

    async def _do(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._server)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@pytest_asyncio.fixture
async def switch(postgres: str, frail_url: str) -> AsyncIterator[Switch]:
    """The switch of the database, which is on before and after a test."""
    found = Switch(postgres, frail_url)
    yield found
    await found.on()


@pytest_asyncio.fixture
async def frail(frail_url: str, clock: FakeClock) -> AsyncIterator[PartnerClient]:
    """A partner of an application whose database can be taken away."""
    settings = Settings(database_url=frail_url, secret_key=SECRET_KEY)
    db = await Database.connect(frail_url)
    async with db.reading() as connection:
        await set_market(connection, at=clock.now())
    sign_in = await make_sign_in(db, now=clock.now())
    await db.close()
    async with open_app(lambda: open_house(settings, clock=clock)) as app:
        transport = transport_of(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bezant.test") as http:
            yield PartnerClient(http, sign_in)


async def test_while_the_database_is_away_everything_is_503_and_then_all_is_well(
    frail: PartnerClient, switch: Switch
) -> None:
    assert (await frail.get(PATH)).status == 200

    await switch.off()
    signed_in = await frail.get(PATH)
    nobody = await frail.http.get(PATH)
    ready = await frail.http.get("/readyz")
    healthy = await frail.http.get("/healthz")
    await switch.on()

    assert (signed_in.status, signed_in.body) == (
        503,
        {"data": None, "success": False, "code": 50300, "message": AWAY},
    )
    assert signed_in.headers["retry-after"] == "5"
    assert "www-authenticate" not in signed_in.headers
    # Who is not signed in needs no database to be told how to.
    assert nobody.status_code in {401, 503}
    assert (ready.status_code, healthy.status_code) == (503, 200)
    assert (await frail.get(PATH)).status == 200
    assert (await frail.http.get("/readyz")).status_code == 200


async def test_a_write_that_met_no_database_is_not_remembered(
    frail: PartnerClient, switch: Switch
) -> None:
    body, headers = customer_body(), {"Idempotency-Key": "again"}
    path = "/partner/customer"
    await frail.get(PATH)

    await switch.off()
    away = await frail.call("POST", path, body=body, headers=headers)
    await switch.on()
    done = await frail.call("POST", path, body=body, headers=headers)
    again = await frail.call("POST", path, body=body, headers=headers)

    assert (away.status, away.body["code"]) == (503, 50300)
    assert done.status == 200
    assert "idempotency-replayed" not in done.headers
    assert (again.status, again.body) == (200, done.body)
    assert again.headers["idempotency-replayed"] == "true"
