"""Real clients against a real server: what curl and three libraries do by themselves works.

The partner's developer uses one of these; each is used here as its own documentation says.
"""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import msgspec
import pytest
import requests
from requests.auth import HTTPDigestAuth

from tests.factories.catalog import GOLD_BAR
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer
from tests.factories.shop import SignIn, customer_body
from tests.live.by_hand import TARGET, Pen, fresh_nonce

REQUESTS, AT_ONCE = 1_000, 50
CURL = shutil.which("curl") or "curl"


def curl(server: LiveServer, sign_in: SignIn, target: str, *more: str) -> tuple[int, object]:
    """The status and the envelope of what curl was told to ask for."""
    user = f"{sign_in.credential.username}:{sign_in.secret}"
    code = ("--silent", "--show-error", "--write-out", "\n%{http_code}")
    done = subprocess.run(
        [CURL, "--digest", "--user", user, server.base_url + target, *more, *code],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), msgspec.json.decode(body)


def sent_by_curl(server: LiveServer, sign_in: SignIn) -> list[str]:
    """The `Authorization` headers that curl sends for one request."""
    user = f"{sign_in.credential.username}:{sign_in.secret}"
    done = subprocess.run(
        [CURL, "--digest", "--user", user, server.base_url + TARGET, "--verbose"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return re.findall(r"^> Authorization: (.*)$", done.stderr, re.MULTILINE)


def algorithm_of(header: str) -> str:
    """Which algorithm an `Authorization` header names; some clients quote it."""
    found = re.search(r'algorithm="?([^",]+)', header)
    assert found, header
    return found[1]


async def in_parallel(ask: Callable[[], Awaitable[int]]) -> list[int]:
    """The statuses of many requests, so many at once."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> int:
        async with turns:
            return await ask()

    return await asyncio.gather(*(one() for _ in range(REQUESTS)))


async def test_the_line_for_curl_that_the_demo_prints_works(
    server: LiveServer, live_partner: PartnerClient
) -> None:
    customer = await live_partner.new_customer()
    await live_partner.new_basket(customer)
    target = (
        f"/partner/ecom/baskets?customer_external_id={customer}"
        "&page=&total=&startDate&endDate&card_bin"
    )
    headers = ("x-client-id;", "api-version: 3", "Accept-Language: tr")
    options = [part for header in headers for part in ("--header", header)]
    status, body = await asyncio.to_thread(curl, server, live_partner.sign_in, target, *options)
    assert status == 200
    assert isinstance(body, dict)
    assert list(body) == ["data", "success", "code", "message"]
    assert body["data"]["total"] == 1


async def test_curl_posts_and_deletes_with_a_body(
    server: LiveServer, live_partner: PartnerClient
) -> None:
    json = ("--header", "Content-Type: application/json", "--data")
    person = customer_body()
    sent = msgspec.json.encode(person).decode()
    status, _ = await asyncio.to_thread(
        curl, server, live_partner.sign_in, "/partner/customer", *json, sent
    )
    assert status == 200
    customer = str(person["external_id"])
    basket = await live_partner.new_basket(customer)
    removal = {
        "external_customer_id": customer,
        "cart_token": basket.data["token"],
        "sku": GOLD_BAR,
    }
    delete = ("--request", "DELETE", *json, msgspec.json.encode(removal).decode())
    status, body = await asyncio.to_thread(
        curl, server, live_partner.sign_in, "/partner/ecom/basket", *delete
    )
    assert status == 200
    assert isinstance(body, dict)
    assert body["data"]["items"] == []


def test_curl_answers_the_strong_challenge(server: LiveServer, live_sign_in: SignIn) -> None:
    (header,) = sent_by_curl(server, live_sign_in)
    assert algorithm_of(header) == "SHA-256"


def test_requests_answers_the_old_challenge_and_is_let_in(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    with requests.Session() as session:
        session.auth = HTTPDigestAuth(live_sign_in.credential.username, live_sign_in.secret)
        for _ in range(100):
            answer = session.get(server.base_url + TARGET, timeout=10)
            assert answer.status_code == 200
            assert algorithm_of(str(answer.request.headers["Authorization"])) == "MD5"
        body = customer_body()
        assert session.post(f"{server.base_url}/partner/customer", json=body, timeout=10).json()[
            "success"
        ]


async def test_one_httpx_client_asks_a_thousand_times_in_parallel(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    sent: set[str] = set()

    async def ask() -> int:
        answer = await client.get(TARGET)
        sent.add(answer.request.headers["Authorization"])
        return answer.status_code

    async with httpx.AsyncClient(
        base_url=server.base_url, auth=live_sign_in.auth, timeout=30
    ) as client:
        assert set(await in_parallel(ask)) == {200}
    assert len(sent) == REQUESTS
    assert {algorithm_of(header) for header in sent} == {"SHA-256"}


async def test_one_aiohttp_session_asks_a_thousand_times_in_parallel(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    sent: set[str] = set()

    async def ask() -> int:
        async with session.get(TARGET) as answer:
            await answer.read()
            sent.add(answer.request_info.headers["Authorization"])
            return answer.status

    digest = aiohttp.DigestAuthMiddleware(live_sign_in.credential.username, live_sign_in.secret)
    async with aiohttp.ClientSession(server.base_url, middlewares=(digest,)) as session:
        assert set(await in_parallel(ask)) == {200}
    assert len(sent) == REQUESTS
    assert {algorithm_of(header) for header in sent} == {"SHA-256"}


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5", "SHA-256-sess", "MD5-sess"])
def test_an_answer_that_is_written_by_the_rfc_is_let_in(
    server: LiveServer, live_sign_in: SignIn, algorithm: str
) -> None:
    pen = Pen(live_sign_in, fresh_nonce(server), algorithm)
    with httpx.Client(base_url=server.base_url) as client:
        for nc in (1, 2):
            answer = client.get(TARGET, headers={"Authorization": pen.answer(nc=nc)})
            assert answer.status_code == 200, answer.text


def test_a_wrong_secret_is_refused_from_curl(server: LiveServer, live_sign_in: SignIn) -> None:
    stranger = SignIn(live_sign_in.partner, live_sign_in.credential, "another")
    status, body = curl(server, stranger, TARGET)
    assert status == 401
    assert isinstance(body, dict)
    assert body["success"] is False
