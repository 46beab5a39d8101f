"""The door: who is let in, what is refused before a room is asked, and what each answer says."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import cast

import httpx
import msgspec
import pytest
from litestar.types import HTTPReceiveMessage, HTTPScope
from structlog.testing import capture_logs

from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError, Kind
from bezant.partners.model import Allowance, Scope
from bezant.partners.service import accounts
from bezant.settings import Settings
from bezant.web.call import Answer, Call
from bezant.web.door import MAX_BODY_BYTES, Incoming, answer_request
from bezant.web.operations import Group, Method, Operation
from bezant.web.tracing import Trace
from bezant.wiring import open_house
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.lifespan import open_app, transport_of
from tests.factories.shop import SignIn, make_sign_in

PATH = "/partner/ecom/categories"
JSON = "application/json"


async def answered(
    http: httpx.AsyncClient, sign_in: SignIn, *, secret: str | None = None, path: str = PATH
) -> httpx.Response:
    """The answer to a GET of a fresh Digest conversation."""
    auth = httpx.DigestAuth(sign_in.credential.username, secret or sign_in.secret)
    return await http.get(path, auth=auth)


def envelope_of(answer: httpx.Response) -> Mapping[str, object]:
    """The envelope of a refusal, whole."""
    fields: dict[str, object] = answer.json()
    assert list(fields)[:4] == ["data", "success", "code", "message"], fields
    assert (fields["data"], fields["success"]) == (None, False)
    assert answer.headers["content-type"] == JSON
    assert answer.headers["cache-control"] == "no-store"
    return fields


def replayed(request: httpx.Request, **changes: str) -> httpx.Request:
    """The same request again, with some parts of it changed."""
    return httpx.Request(
        changes.get("method", request.method),
        changes.get("url", str(request.url)),
        headers={"Authorization": request.headers["authorization"]},
    )


async def test_who_says_nothing_is_offered_two_challenges_the_strong_one_first(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get(PATH)

    strong, old = answer.headers.get_list("www-authenticate")
    assert (answer.status_code, envelope_of(answer)["code"]) == (401, 40100)
    assert [re.findall(r"algorithm=([\w-]+)", each) for each in (strong, old)] == [
        ["SHA-256"],
        ["MD5"],
    ]
    for challenge in (strong, old):
        assert challenge.startswith('Digest realm="bezant", qop="auth"')
        assert "stale" not in challenge


async def test_a_nonce_past_its_life_is_stale_and_the_client_goes_on_by_itself(
    http: httpx.AsyncClient, partner: PartnerClient, clock: FakeClock, settings: Settings
) -> None:
    first = await answered(http, partner.sign_in)
    clock.advance(seconds=settings.nonce_life_s + 1)

    stale = await http.send(replayed(first.request))
    again = await partner.get(PATH)

    assert (stale.status_code, envelope_of(stale)["code"]) == (401, 40101)
    assert all("stale=true" in each for each in stale.headers.get_list("www-authenticate"))
    assert again.status == 200


async def test_a_request_that_is_sent_again_is_refused(
    http: httpx.AsyncClient, partner: PartnerClient
) -> None:
    first = await answered(http, partner.sign_in)

    again = await http.send(replayed(first.request))

    assert (first.status_code, again.status_code) == (200, 401)
    assert envelope_of(again)["code"] == 40101


@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"http://bezant.test{PATH}?page=2"},
        {"url": "http://bezant.test/partner/ecom/products"},
        {"url": "http://bezant.test/partner/customer", "method": "POST"},
    ],
)
async def test_an_answer_made_for_another_request_is_refused(
    http: httpx.AsyncClient, partner: PartnerClient, changes: dict[str, str]
) -> None:
    first = await answered(http, partner.sign_in)
    assert first.status_code == 200

    # Were it for the nonce, which is spent, the code would be another.
    moved = await http.send(replayed(first.request, **changes))

    assert (moved.status_code, envelope_of(moved)["code"]) == (401, 40100)


async def test_nobody_can_tell_why_a_sign_in_failed(
    http: httpx.AsyncClient, db: Database, clock: FakeClock
) -> None:
    now = clock.now()
    live = await make_sign_in(db, now=now)
    expired = await make_sign_in(db, now=now, expires_at=now)
    disabled = await make_sign_in(db, now=now)
    async with db.transaction() as tx:
        await accounts.disable_partner(tx, disabled.partner.code, now=now)
    unknown = replace(live, credential=replace(live.credential, username="nobody-knows-it"))

    answers = [
        await answered(http, live, secret="a wrong secret"),
        *[await answered(http, each) for each in (unknown, expired, disabled)],
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({alike(answer) for answer in answers}) == 1


def alike(answer: httpx.Response) -> tuple[object, ...]:
    """An answer without what is different each time: nonces and the request's id."""
    kept = [
        (name, re.sub(r'nonce="[^"]+"', "nonce", value))
        for name, value in answer.headers.multi_items()
        if name not in {"x-request-id", "date"}
    ]
    return (answer.content, *kept)


async def test_a_credential_ends_at_its_time_though_the_process_remembers_it(
    http: httpx.AsyncClient, db: Database, clock: FakeClock
) -> None:
    end = clock.now() + timedelta(seconds=60)
    partner = PartnerClient(http, await make_sign_in(db, now=clock.now(), expires_at=end))

    before = await partner.get(PATH)
    clock.advance(seconds=60)

    assert (before.status, (await partner.get(PATH)).status) == (200, 401)


async def test_a_disabled_partner_is_out_from_the_next_request_on_and_in_again(
    partner: PartnerClient, db: Database, clock: FakeClock
) -> None:
    code = partner.sign_in.partner.code
    statuses = [(await partner.get(PATH)).status]
    async with db.transaction() as tx:
        await accounts.disable_partner(tx, code, now=clock.now())
    statuses.append((await partner.get(PATH)).status)
    async with db.transaction() as tx:
        await accounts.enable_partner(tx, code)
    statuses.append((await partner.get(PATH)).status)

    assert statuses == [200, 401, 200]


@pytest.mark.parametrize("versions", [["1"], ["2"], ["3"], [""], ["2", "3"], ["3, 1"]])
async def test_a_version_that_there_is_may_be_asked_for(
    http: httpx.AsyncClient, partner: PartnerClient, versions: list[str]
) -> None:
    headers = [("api-version", version) for version in versions]

    answer = await http.get(PATH, headers=headers, auth=partner.sign_in.auth)

    assert (answer.status_code, answer.json()["code"]) == (200, 0)


async def test_a_version_that_there_is_not_is_a_fault_of_its_header(partner: PartnerClient) -> None:
    reply = await partner.call("GET", PATH, headers={"api-version": "4"})

    assert (reply.status, reply.body["code"], list(reply.errors)) == (422, 42200, ["api-version"])


async def test_a_language_that_we_do_not_speak_is_answered_in_turkish(
    http: httpx.AsyncClient,
) -> None:
    said = {}
    for asked in ("tr", "en", "de", ""):
        answer = await http.get(PATH, headers={"Accept-Language": asked})
        said[asked] = envelope_of(answer)["message"]

    assert said["en"] == "Authentication is required or has failed."
    assert said["tr"] == said["de"] == said[""] != said["en"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_its_limit_is_refused(partner: PartnerClient, *, announced: bool) -> None:
    body = b'"' + b"a" * MAX_BODY_BYTES
    sent = body if announced else in_pieces(body)

    answer = await partner.http.post(
        "/partner/customer", content=sent, headers={"Authorization": "Digest a=b"}
    )

    assert (answer.status_code, envelope_of(answer)["code"]) == (413, 41300)


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100_000):
        yield body[start : start + 100_000]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"a": 1}}'])
async def test_a_body_that_is_no_json_object_is_refused(
    http: httpx.AsyncClient, partner: PartnerClient, body: bytes
) -> None:
    answer = await http.post(
        "/partner/customer",
        content=body,
        headers={"Content-Type": JSON},
        auth=partner.sign_in.auth,
    )

    assert (answer.status_code, envelope_of(answer)["code"]) == (400, 40001)


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=utf-8", 422),
        ("Application/JSON", 422),
        ("", 422),
    ],
)
async def test_a_body_is_json_and_says_so_if_it_says_anything(
    http: httpx.AsyncClient, partner: PartnerClient, media_type: str, status: int
) -> None:
    answer = await http.post(
        "/partner/customer",
        content=b'{"a": 1}',
        headers={"Content-Type": media_type},
        auth=partner.sign_in.auth,
    )

    assert answer.status_code == status


async def test_a_query_that_is_not_utf8_is_refused(
    http: httpx.AsyncClient, partner: PartnerClient
) -> None:
    answer = await http.get("/partner/ecom/products?sku=%FF", auth=partner.sign_in.auth)

    assert (answer.status_code, envelope_of(answer)["code"]) == (400, 40000)


@pytest.mark.parametrize("path", ["/partner/nothing", "/partner/customer/a/b", "/nothing"])
async def test_a_path_where_nothing_is_has_an_envelope(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"Accept-Language": "en"})

    assert (answer.status_code, envelope_of(answer)["code"]) == (404, 40400)
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", PATH, {"GET"}),
        ("GET", "/partner/customer", {"POST"}),
        ("PUT", "/partner/customer/x", {"GET", "PATCH", "DELETE"}),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_told_which_it_has(
    http: httpx.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = await http.request(method, path)

    assert (answer.status_code, envelope_of(answer)["code"]) == (405, 40500)
    told = {each.strip() for each in answer.headers["allow"].split(",")}
    # The framework answers OPTIONS of a path with places by itself.
    assert told - {"OPTIONS"} == allowed


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("order-4711:a.b_c", True), ("a" * 64, True), ("short", False), ("a" * 65, False)],
)
async def test_a_request_keeps_its_id_where_it_has_a_sound_form(
    http: httpx.AsyncClient, *, sent: str, kept: bool
) -> None:
    answer = await http.get(PATH, headers={"X-Request-ID": sent})

    assert (answer.headers["x-request-id"] == sent) is kept
    assert re.fullmatch(r"[A-Za-z0-9_.:-]{8,64}", answer.headers["x-request-id"])


async def test_each_request_without_an_id_gets_its_own(http: httpx.AsyncClient) -> None:
    ids = {(await http.get(PATH)).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3


async def test_an_allowance_is_told_with_each_answer_and_refused_past_its_end(
    http: httpx.AsyncClient, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now(), allowance=Allowance(3, 2))
    partner = PartnerClient(http, sign_in)

    replies = [await partner.get(PATH) for _ in range(4)]
    write = await partner.call("POST", "/partner/customer", body={})
    clock.advance(seconds=20)
    later = await partner.get(PATH)

    assert [limits_of(each.headers) for each in replies] == [
        ("3", "2", "20"),
        ("3", "1", "40"),
        ("3", "0", "60"),
        ("3", "0", "20"),
    ]
    refused = replies[3]
    assert (refused.status, refused.body["code"]) == (429, 42900)
    assert refused.headers["retry-after"] == "20"
    # Writes have their own, and one that is refused for its body has taken from it.
    assert (write.status, limits_of(write.headers)) == (422, ("2", "1", "30"))
    assert (later.status, limits_of(later.headers)) == (200, ("3", "0", "60"))


def limits_of(headers: httpx.Headers) -> tuple[str, str, str]:
    limit, remaining, reset = (
        headers.get_list(f"ratelimit-{name}") for name in ("limit", "remaining", "reset")
    )
    return (*limit, *remaining, *reset)  # type: ignore[return-value]  # Each comes once.


async def test_a_credential_is_good_for_its_scopes_only(
    http: httpx.AsyncClient, db: Database, clock: FakeClock
) -> None:
    scopes = frozenset({Scope.CATALOG, Scope.CUSTOMERS_READ})
    partner = PartnerClient(http, await make_sign_in(db, now=clock.now(), scopes=scopes))

    refused = await partner.call("POST", "/partner/customer", body={})

    assert (refused.status, refused.body["code"]) == (403, 40300)
    assert (await partner.get(PATH)).status == 200
    assert (await partner.get("/partner/customer/nobody")).status == 404


@asynccontextmanager
async def house_at(
    settings: Settings, clock: FakeClock, *, peer: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls a deployment with these settings from an address."""
    async with open_app(lambda: open_house(settings, clock=clock)) as app:
        transport = transport_of(app, peer=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://bezant.test") as client:
            yield client


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("192.0.2.7", None, 200),
        ("198.51.100.7", None, 403),
        # A stranger's word for where it comes from counts for nothing.
        ("198.51.100.7", "192.0.2.7", 403),
        ("10.0.0.1", "192.0.2.7", 200),
        ("10.0.0.1", "192.0.2.7, 10.0.0.9", 200),
        ("10.0.0.1", "192.0.2.7, 198.51.100.7", 403),
        ("10.0.0.1", "not an address", 403),
        ("192.0.2.7", "198.51.100.7", 200),
    ],
)
async def test_an_allow_list_looks_at_the_nearest_address_that_is_no_trusted_proxy(
    settings: Settings,
    db: Database,
    clock: FakeClock,
    *,
    peer: str,
    forwarded: str | None,
    status: int,
) -> None:
    networks = (ip_network("192.0.2.0/24"),)
    sign_in = await make_sign_in(db, now=clock.now(), networks=networks)
    behind = settings.with_changes(trusted_proxies=("10.0.0.0/8",))

    async with house_at(behind, clock, peer=peer) as http:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        answer = await http.get(PATH, headers=headers, auth=sign_in.auth)

    assert answer.status_code == status
    assert status == 200 or envelope_of(answer)["code"] == 40301


async def test_without_trusted_proxies_nobody_is_believed(
    settings: Settings, db: Database, clock: FakeClock
) -> None:
    networks = (ip_network("192.0.2.0/24"),)
    sign_in = await make_sign_in(db, now=clock.now(), networks=networks)

    async with house_at(settings, clock, peer="10.0.0.1") as http:
        headers = {"X-Forwarded-For": "192.0.2.7"}
        answer = await http.get(PATH, headers=headers, auth=sign_in.auth)

    assert answer.status_code == 403


@pytest.mark.parametrize(("allowed", "status"), [(False, 401), (True, 200)])
async def test_the_old_form_without_qop_is_refused_unless_it_is_allowed(
    http: httpx.AsyncClient, db: Database, clock: FakeClock, *, allowed: bool, status: int
) -> None:
    sign_in = await make_sign_in(db, now=clock.now(), allows_no_qop=allowed)
    challenge = (await http.get(PATH)).headers.get_list("www-authenticate")[1]

    headers = {"Authorization": old_answer(sign_in, nonce_of(challenge))}
    first = await http.get(PATH, headers=headers)
    again = await http.get(PATH, headers=headers)

    assert first.status_code == status
    # It has no count, so its nonce is good for one request.
    assert again.status_code == 401


def nonce_of(challenge: str) -> str:
    found = re.search(r'nonce="([^"]+)"', challenge)
    assert found, challenge
    return found[1]


def old_answer(sign_in: SignIn, nonce: str) -> str:
    """What a client of RFC 2069 answers: no qop, no count, MD5."""
    a1 = md5_of(f"{sign_in.credential.username}:bezant:{sign_in.secret}")
    response = md5_of(f"{a1}:{nonce}:{md5_of(f'GET:{PATH}')}")
    return (
        f'Digest username="{sign_in.credential.username}", realm="bezant", nonce="{nonce}", '
        f'uri="{PATH}", response="{response}"'
    )


def md5_of(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def test_a_defect_is_told_by_the_requests_id_alone(
    http: httpx.AsyncClient, settings: Settings, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    authorization = await signed_header(http, sign_in)

    async with open_house(settings, clock=clock) as house:
        answer = await answer_request(house, BROKEN, incoming(authorization))

    fields = msgspec.json.decode(answer.body)
    assert (answer.status, fields["code"], fields["success"], fields["data"]) == (
        500,
        50000,
        False,
        None,
    )
    assert "a-request-id" in fields["message"]
    told = answer.body + repr(answer.headers).encode()
    assert b"kiln" not in told
    assert b"RuntimeError" not in told


async def _break(call: Call) -> Answer:
    raise RuntimeError(f"the kiln of {call.credential.username} is cold")


BROKEN = Operation(
    method=Method.GET,
    path=PATH,
    name="breakDown",
    group=Group.CATALOG,
    scope=Scope.CATALOG,
    summary="Break down",
    text="Always.",
    returns=None,
    handler=_break,
)


def incoming(authorization: str) -> Incoming:
    """A GET as the server hands it over."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": [(b"authorization", authorization.encode()), (b"accept-language", b"en")],
        "client": ("127.0.0.1", 1),
        "path_params": {},
        "state": {"trace": Trace("a-request-id")},
    }

    async def receive() -> HTTPReceiveMessage:
        raise AssertionError("a GET has no body")

    return Incoming(cast("HTTPScope", scope), receive)


class Unforeseen(BezantError):
    """An error that nobody gave a code."""

    kind = Kind.CONFLICT
    text = "error.invalid"


async def _be_unforeseen(call: Call) -> Answer:
    raise Unforeseen


async def test_an_error_without_a_code_is_a_defect_and_not_a_broken_connection(
    http: httpx.AsyncClient, settings: Settings, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    authorization = await signed_header(http, sign_in)

    async with open_house(settings, clock=clock) as house:
        with capture_logs() as lines:
            answer = await answer_request(
                house, replace(BROKEN, handler=_be_unforeseen), incoming(authorization)
            )

    assert answer.status == 500
    assert msgspec.json.decode(answer.body)["code"] == 50000
    assert [line["event"] for line in lines] == ["defect"]


async def test_a_defect_is_logged_by_the_requests_id_with_its_traceback(
    http: httpx.AsyncClient, settings: Settings, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())
    authorization = await signed_header(http, sign_in)

    async with open_house(settings, clock=clock) as house:
        with capture_logs() as lines:
            await answer_request(house, BROKEN, incoming(authorization))

    (line,) = lines
    assert (line["event"], line["log_level"], line["exc_info"]) == ("defect", "error", True)
    assert (line["request_id"], line["operation"]) == ("a-request-id", "breakDown")


async def test_a_prefix_that_a_proxy_strips_is_part_of_what_the_client_signed(
    settings: Settings, db: Database, clock: FakeClock
) -> None:
    sign_in = await make_sign_in(db, now=clock.now())

    async with house_at(settings.with_changes(path_prefix="/shop"), clock, peer="::1") as http:
        through, past = [
            await http.get(PATH, headers={"Authorization": await signed_header(http, sign_in, at)})
            for at in (f"/shop{PATH}", PATH)
        ]

    assert (through.status_code, past.status_code) == (200, 401)


async def signed_header(http: httpx.AsyncClient, sign_in: SignIn, path: str = PATH) -> str:
    """What a client answers that believes to be asking for this path."""
    request = httpx.Request("GET", f"http://x{path}")
    flow = sign_in.auth.sync_auth_flow(request)
    next(flow)
    flow.send(await http.get(PATH))
    return str(request.headers["authorization"])
