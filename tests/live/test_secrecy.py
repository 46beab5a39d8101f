"""What a whole conversation leaves in a real server's log: no secret, and nobody's data."""

import json
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx

from bezant.partners.model import HashName
from bezant.partners.service import accounts
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer, wait_until
from tests.factories.shop import Reply, billing_body, customer_body, shipping_body

CARD = "4543600299100712"
CUSTOMERS = "/partner/customer"
BASKETS = "/partner/ecom/baskets"
STATUSES = [200, 422, 415, 400, 200, 404, 404, 422, 200, 200, 401]


async def test_the_log_of_a_whole_conversation_tells_no_secret_and_nobodys_data(
    server: LiveServer, live_partner: PartnerClient
) -> None:
    sign_in, mark = live_partner.sign_in, uuid4().hex[:10]
    person = {
        "firstname": f"Nergis{mark}",
        "lastname": f"Kuyumcu{mark}",
        "email": f"nergis-{mark}@example.com",
        "phone": f"+90555{int(mark, 16) % 10**7:07d}",
        "identity_number": "96356247895",
    }
    shown: list[str] = []
    live_partner.http.event_hooks["request"] = [_noting_authorization(shown)]

    replies = await _talk(live_partner, person, mark)
    last = replies[-1].headers["x-request-id"]
    wait_until(lambda: last in server.log.read_text())
    log = server.log.read_text()

    assert [reply.status for reply in replies] == STATUSES
    assert all(reply.headers["x-request-id"] in log for reply in replies)
    proofs = [part.split('"')[1] for each in shown for part in each.split("response=")[1:]]
    assert len(proofs) >= 10
    hashes = [
        accounts.ha1(
            name,
            username=sign_in.credential.username,
            realm="bezant",
            secret=sign_in.secret,
        ).hex()
        for name in HashName
    ]
    secret = [sign_in.secret, *hashes, *shown, *proofs, CARD, *person.values(), f"Dal{mark}"]
    assert [text for text in secret if text in log] == []
    ours = [line for line in log.splitlines() if sign_in.partner.code in line]
    assert len(ours) >= len(replies) - 2
    assert all(json.loads(line)["event"] == "request" for line in ours)


def _noting_authorization(shown: list[str]) -> Callable[[httpx.Request], Awaitable[None]]:
    async def note(request: httpx.Request) -> None:
        if "authorization" in request.headers:
            shown.append(request.headers["authorization"])

    return note


async def _talk(partner: PartnerClient, person: dict[str, str], mark: str) -> list[Reply]:
    """A conversation in which everything is said that can be said."""
    body = customer_body(**person)
    customer = str(body["external_id"])
    address = {"fullname": f"Dal{mark}", "phone": person["phone"]}
    replies = [
        await partner.call("POST", CUSTOMERS, body=body),
        await partner.call("POST", CUSTOMERS, body=body | {"birthdate": "never"}),
        await partner.call("POST", CUSTOMERS, body=body, headers={"Content-Type": "text/plain"}),
        await partner.call("POST", CUSTOMERS, body=[person]),
        await partner.get(f"{CUSTOMERS}/{customer}"),
        await partner.get(f"{CUSTOMERS}/{CARD}"),
        await partner.get(f"{CUSTOMERS}/{CARD}/nowhere/{person['email']}"),
        await partner.get(BASKETS, customer_external_id=customer, card_bin=CARD),
        await partner.get(BASKETS, customer_external_id=CARD, note=person["phone"]),
    ]
    basket = await partner.new_basket(customer)
    replies.append(
        await partner.patch(
            "/partner/ecom/basket/setaddress",
            external_customer_id=customer,
            cart_token=basket.data["token"],
            shipping=shipping_body(**address),
            billing=billing_body(**address, email=person["email"]),
        )
    )
    wrong = await partner.http.get(
        f"{CUSTOMERS}/{customer}",
        auth=httpx.DigestAuth(partner.sign_in.credential.username, person["lastname"]),
    )
    replies.append(Reply(wrong.status_code, wrong.json(), wrong.headers))
    return replies
