"""The pages beside the API, from two worker processes: health, numbers, pictures."""

import asyncio
import re
from urllib.parse import urlsplit

import asyncpg
import httpx

from bezant.settings import Settings
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer, start_server, wait_until
from tests.factories.shop import SECRET_KEY
from tests.live.by_hand import TARGET

CONNECTIONS = 16
"""So many that both of two workers are met, but once in thirty thousand times."""


def from_both(server: LiveServer, path: str) -> list[httpx.Response]:
    """The answers of both workers: each request has a connection of its own."""
    return [httpx.get(server.base_url + path, timeout=20) for _ in range(CONNECTIONS)]


def statuses(server: LiveServer, path: str) -> set[int]:
    """The statuses that both workers answer with."""
    return {answer.status_code for answer in from_both(server, path)}


def counted(metrics: str, *, status: int) -> int:
    """How many answers with this status the numbers tell of for the categories."""
    line = r'^bezant_requests_total{method="GET",operation="listCategories",status="%d"} (\S+)$'
    found = re.search(line % status, metrics, re.MULTILINE)
    return int(float(found[1])) if found else 0


def test_a_server_that_is_up_is_healthy_and_ready(server: LiveServer) -> None:
    assert statuses(server, "/healthz") == {200}
    assert statuses(server, "/readyz") == {200}


async def test_without_its_database_a_server_is_healthy_but_not_ready(
    postgres: str, spare_url: str
) -> None:
    name = urlsplit(spare_url).path.removeprefix("/")
    admin = await asyncpg.connect(postgres)
    try:
        settings = Settings(database_url=spare_url, secret_key=SECRET_KEY)
        with start_server(settings, workers=2) as own:
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await admin.execute(_END_ALL, name)
            await asyncio.to_thread(wait_until, lambda: statuses(own, "/readyz") == {503})
            assert statuses(own, "/healthz") == {200}
            assert statuses(own, "/pictures/MNT0001/front.svg") == {503}
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await asyncio.to_thread(wait_until, lambda: statuses(own, "/readyz") == {200})
    finally:
        await admin.close()


_END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


async def test_the_numbers_are_those_of_both_workers_together(
    server: LiveServer, live_partner: PartnerClient
) -> None:
    before = from_both(server, "/metrics")[0].text
    for _ in range(10):
        assert (await live_partner.get(TARGET)).status == 200
    assert statuses(server, TARGET) == {401}
    after = [answer.text for answer in from_both(server, "/metrics")]
    for status, more in ((200, 10), (401, CONNECTIONS + 1)):
        # One more refusal: the client's first request has nothing to answer yet.
        expected = counted(before, status=status) + more
        assert [counted(text, status=status) for text in after] == [expected] * CONNECTIONS


async def test_the_pictures_of_every_product_are_drawings_that_a_browser_may_keep(
    live_partner: PartnerClient,
) -> None:
    products = await live_partner.get("/partner/ecom/products", page=1, total=100)
    pictures = [url for product in products.items for url in _pictures(product)]
    assert len(pictures) == 3 * len(products.items)
    for url in pictures:
        # As an outsider: a picture asks for no sign-in.
        drawn = await live_partner.http.get(url)
        assert drawn.status_code == 200
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert drawn.text.startswith("<svg ")
        kept = {"If-None-Match": drawn.headers["etag"]}
        again = await live_partner.http.get(url, headers=kept)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == drawn.headers["etag"]


def _pictures(product: object) -> list[str]:
    assert isinstance(product, dict)
    pictures = product["product_images"]
    assert isinstance(pictures, list)
    return pictures


async def test_there_is_no_picture_of_what_is_not_sold(server: LiveServer) -> None:
    for path in ("/pictures/NOTHING/front.svg", "/pictures/MNT0001/edge.svg"):
        assert statuses(server, path) == {404}
