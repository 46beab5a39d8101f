"""Real clients: what they make of our challenges is let in.

Each library's own code answers a real challenge; curl's header is written as it was
recorded from curl 7.88.
"""

from types import SimpleNamespace
from typing import cast

import aiohttp
import httpx
import pytest
import requests
from multidict import CIMultiDict
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from yarl import URL

from bezant.web.digest.algorithms import Algorithm
from bezant.web.digest.answer import parse_answer
from bezant.web.digest.response import expected_response
from tests.web.digest.door import Door

DOOR = Door()
URL_TEXT = f"http://127.0.0.1{DOOR.uri}"


class Refusing(HTTPAdapter):
    """A transport for requests: refuses the first request and keeps the second's header."""

    def __init__(self, challenges: tuple[str, ...]) -> None:
        super().__init__()
        self.challenges = challenges
        self.headers: list[bytes] = []

    def send(  # type: ignore[override]  # what else requests says of a request is no matter here
        self, request: requests.PreparedRequest, **_: object
    ) -> requests.Response:
        response = requests.Response()
        response.request = request
        response.url = str(request.url)
        response.connection = self
        response.status_code = 401
        # urllib3 joins lines of one name so.
        response.headers["WWW-Authenticate"] = ", ".join(self.challenges)
        if sent := request.headers.get("Authorization"):
            self.headers.append(sent.encode("latin-1"))
            response.status_code = 200
        return response


def header_of_requests(door: Door, challenges: tuple[str, ...]) -> bytes:
    transport = Refusing(challenges)
    with requests.Session() as session:
        session.mount("http://", transport)
        session.get(URL_TEXT, auth=HTTPDigestAuth(door.username, door.secret))
    (header,) = transport.headers
    return header


def header_of_httpx(door: Door, challenges: tuple[str, ...]) -> bytes:
    headers: list[bytes] = []

    def server(request: httpx.Request) -> httpx.Response:
        sent = [value for name, value in request.headers.raw if name.lower() == b"authorization"]
        headers.extend(sent)
        lines = [("WWW-Authenticate", challenge) for challenge in challenges]
        return httpx.Response(200) if sent else httpx.Response(401, headers=lines)

    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        client.get(URL_TEXT, auth=httpx.DigestAuth(door.username, door.secret))
    (header,) = headers
    return header


async def header_of_aiohttp(door: Door, challenges: tuple[str, ...]) -> bytes:
    headers: list[bytes] = []
    url = URL(URL_TEXT, encoded=True)
    request = SimpleNamespace(url=url, method="GET", headers=CIMultiDict[str](), body=b"")

    async def server(asked: aiohttp.ClientRequest) -> aiohttp.ClientResponse:
        sent = asked.headers.get("Authorization")
        if sent:
            headers.append(sent.encode())
        lines = CIMultiDict([("WWW-Authenticate", challenge) for challenge in challenges])
        answer = SimpleNamespace(status=200 if sent else 401, headers=lines, url=url)
        return cast("aiohttp.ClientResponse", answer)

    middleware = aiohttp.DigestAuthMiddleware(door.username, door.secret)
    await middleware(cast("aiohttp.ClientRequest", request), server)
    (header,) = headers
    return header


def header_of_curl(door: Door, nonce: str, response: str) -> bytes:
    name = door.username.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f'Digest username="{name}", realm="bezant", nonce="{nonce}", uri="{door.uri}", '
        'cnonce="YTE3N2M2Mjc0Y2Y2YjM3ZTc0Yzc2MDlhYzE3MmYyNzA=", nc=00000001, qop=auth, '
        f'response="{response}", opaque="5ccc069c403ebaf9f0171e9517f40e41", algorithm=SHA-256'
    ).encode()


def algorithm_of(header: bytes) -> Algorithm:
    return parse_answer(header.decode("latin-1")).algorithm


def test_requests_answers_the_last_challenge_and_is_let_in() -> None:
    header = header_of_requests(DOOR, DOOR.challenge())
    assert b'algorithm="MD5", qop="auth", nc=00000001' in header
    assert DOOR.admits_header(header)


def test_httpx_answers_the_first_challenge_and_is_let_in() -> None:
    header = header_of_httpx(DOOR, DOOR.challenge())
    assert algorithm_of(header) is Algorithm.SHA256
    assert DOOR.admits_header(header)


async def test_aiohttp_answers_the_first_challenge_and_is_let_in() -> None:
    header = await header_of_aiohttp(DOOR, DOOR.challenge())
    assert algorithm_of(header) is Algorithm.SHA256
    assert DOOR.admits_header(header)


@pytest.mark.parametrize("name", ["partner", 'kuş "al\\tın"', "Şükrü"])
def test_the_header_that_curl_writes_is_let_in(name: str) -> None:
    door = Door(username=name)
    nonce = door.nonce()
    unsigned = parse_answer(header_of_curl(door, nonce, "0" * 64).decode("latin-1"))
    response = expected_response(unsigned, ha1=door.ha1(Algorithm.SHA256), method="GET")
    assert door.admits_header(header_of_curl(door, nonce, response))


def test_the_answer_that_was_recorded_from_curl_has_the_response_that_we_expect() -> None:
    door = Door(username='kuş "al\\tın"', secret="s")
    recorded = parse_answer(
        'Digest username="ku\xc5\x9f \\"al\\\\t\xc4\xb1n\\"", realm="bezant", '
        'nonce="N0-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST", '
        'uri="/partner/basket/incomplete?page=1&total=10", '
        'cnonce="YTI2ZDM4OWY5NWQ2YjQxNWM1YzZlMGYxY2JiMDJkMmI=", nc=00000001, qop=auth, '
        'response="658cab105bbf9ec167eba9954013f003e8de753a19b638651b4e1c810f92750f", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41", algorithm=SHA-256'
    )
    expected = expected_response(recorded, ha1=door.ha1(Algorithm.SHA256), method="GET")
    assert (recorded.username, recorded.response) == (door.username, expected)


async def test_a_turkish_name_is_let_in_from_a_client_that_can_send_it() -> None:
    # requests and httpx cannot: they write no letter outside Latin-1 into a header.
    door = Door(username="Şükrü Işıklı")
    assert door.admits_header(await header_of_aiohttp(door, door.challenge()))


@pytest.mark.parametrize("algorithm", ["MD5-sess", "SHA-256-sess"])
async def test_the_session_forms_of_the_libraries_are_let_in(algorithm: str) -> None:
    first, _ = DOOR.challenge()
    challenge = (first.replace("algorithm=SHA-256", f"algorithm={algorithm}"),)
    headers = [header_of_httpx(DOOR, challenge), await header_of_aiohttp(DOOR, challenge)]
    if algorithm == "MD5-sess":
        headers.append(header_of_requests(DOOR, challenge))
    for header in headers:
        assert algorithm_of(header) is Algorithm(algorithm)
        assert DOOR.admits_header(header)


async def test_without_qop_the_libraries_use_the_form_of_rfc_2069_and_we_know_it() -> None:
    _, last = DOOR.challenge()
    challenge = (last.replace('qop="auth", ', ""),)
    for header in (
        header_of_requests(DOOR, challenge),
        header_of_httpx(DOOR, challenge),
        await header_of_aiohttp(DOOR, challenge),
    ):
        answer = parse_answer(header.decode("latin-1"))
        assert answer.is_rfc2069
        assert DOOR.admits(answer)


async def test_a_wrong_secret_is_refused_from_every_client() -> None:
    stranger = Door(secret="another")
    for header in (
        header_of_requests(stranger, DOOR.challenge()),
        header_of_httpx(stranger, DOOR.challenge()),
        await header_of_aiohttp(stranger, DOOR.challenge()),
    ):
        assert not DOOR.admits_header(header)
