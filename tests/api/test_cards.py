"""Kept cards over the API: given on a page, listed, removed, and never told more than shown."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from bezant.kernel.db import Database
from bezant.payments.kept import MAX_CARDS, CardDesk, CardOwner
from bezant.payments.service import cards
from bezant.settings import Settings
from bezant.wiring import card_vault_of, open_house
from tests.api.rows import rows_of
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.cards import CVV, HOLDER, NUMBER, OTHER_NUMBER, a_face, kept_card
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.lifespan import open_app, transport_of
from tests.factories.shop import SECRET_KEY, Reply

CARDS = "/partner/cards"
ADD = "/partner/cards/add"
KEYS = [
    "card_token",
    "card_holder",
    "bin",
    "last_four",
    "card_expiry",
    "card_association",
    "card_type",
    "bank_name",
    "is_default",
]


async def listed(partner: PartnerClient, customer: str) -> list[Mapping[str, object]]:
    """The customer's cards."""
    reply = await partner.call("POST", CARDS, body={"external_customer_id": customer})
    assert reply.status == 200, reply.body
    return reply.items


async def begun(partner: PartnerClient, customer: str, **more: object) -> str:
    """The path of a page on which the customer can give a card."""
    reply = await partner.call("POST", ADD, body={"external_customer_id": customer, **more})
    assert reply.status == 200, reply.body
    return urlsplit(str(reply.data["redirect_url"])).path


async def given(http: httpx.AsyncClient, page: str, number: str = NUMBER) -> httpx.Response:
    """What the page answers to a card."""
    form = {"card_holder": HOLDER, "card_number": number, "card_expiry": "12/30", "card_cvv": CVV}
    return await http.post(page, data=form)


async def owner_of(db: Database, partner: PartnerClient, customer: str) -> CardOwner:
    """Whose cards they are."""
    partner_id = partner.sign_in.partner.partner_id
    async with db.reading() as connection:
        customer_id = await connection.fetchval(
            "SELECT customer_id FROM customer WHERE partner_id = $1 AND external_id = $2",
            partner_id,
            customer,
        )
    return CardOwner(partner_id, customer_id)


async def test_a_card_that_is_given_on_the_page_is_listed(
    partner: PartnerClient, http: httpx.AsyncClient, acquirer: FakeAcquirer
) -> None:
    customer = await partner.new_customer()
    reply = await partner.call("POST", ADD, body={"external_customer_id": customer})

    token = str(reply.data["token"])
    assert list(reply.data) == ["token", "redirect_url", "is_3d"]
    assert len(token) == 128
    assert str(reply.data["redirect_url"]).endswith(f"/pay/cards/{token}")
    assert reply.data["is_3d"] is True
    assert acquirer.calls == []
    assert await listed(partner, customer) == []

    page = urlsplit(str(reply.data["redirect_url"])).path
    after = await given(http, page)

    assert (after.status_code, after.headers["location"]) == (303, f"{page}/callback/success")
    (card,) = await listed(partner, customer)
    assert list(card) == KEYS
    assert {name: card[name] for name in KEYS[1:6]} == {
        "card_holder": HOLDER,
        "bin": NUMBER[:8],
        "last_four": NUMBER[-4:],
        "card_expiry": "12/30",
        "card_association": "VISA",
    }
    assert card["is_default"] is True
    assert NUMBER not in str(card)


async def test_a_card_that_needs_3d_is_listed_once_the_customer_is_back(
    partner: PartnerClient, http: httpx.AsyncClient, acquirer: FakeAcquirer
) -> None:
    acquirer.plans_keeping(Turn.CHALLENGED)
    customer = await partner.new_customer()
    page = await begun(partner, customer)
    await given(http, page)
    before = await listed(partner, customer)

    returned = acquirer.pass_3d(next(iter(acquirer.keepings)))
    back = await http.post(f"{page}/return", data=returned)

    assert before == []
    assert back.headers["location"] == f"{page}/callback/success"
    assert len(await listed(partner, customer)) == 1


async def test_a_card_that_wants_to_be_the_default_one_is(
    partner: PartnerClient, http: httpx.AsyncClient
) -> None:
    customer = await partner.new_customer()
    await given(http, await begun(partner, customer))
    await given(http, await begun(partner, customer, is_default=True), OTHER_NUMBER)

    found = await listed(partner, customer)

    assert [(card["last_four"], card["is_default"]) for card in found] == [
        (OTHER_NUMBER[-4:], True),
        (NUMBER[-4:], False),
    ]


async def test_a_removed_card_is_answered_once_and_forgotten_by_the_acquirer(
    partner: PartnerClient,
    http: httpx.AsyncClient,
    db: Database,
    clock: FakeClock,
    acquirer: FakeAcquirer,
) -> None:
    customer = await partner.new_customer()
    await given(http, await begun(partner, customer))
    (card,) = await listed(partner, customer)
    named = {"external_customer_id": customer, "card_token": card["card_token"]}

    removed = await partner.call("DELETE", CARDS, body=named)
    calls = list(acquirer.calls)
    again = await partner.call("DELETE", CARDS, body=named)

    assert removed.data == card
    assert "forget_card" not in calls
    assert (again.status, again.body["code"]) == (404, 40410)
    assert await listed(partner, customer) == []
    # What the fake keeps by name is emptied turn by turn: other tests leave theirs, too.
    vault = card_vault_of(Settings(secret_key=SECRET_KEY))
    desk = CardDesk(db, clock, acquirer, vault, "http://bezant.test")
    while acquirer.kept and await cards.forget_at_acquirer(desk):
        pass
    assert acquirer.kept == {}


@pytest.mark.parametrize("spelling", ["external_customer_id", "customer_external_id"])
async def test_the_customer_may_be_named_in_either_spelling(
    partner: PartnerClient, db: Database, spelling: str
) -> None:
    customer = await partner.new_customer()
    card = await kept_card(db, await owner_of(db, partner, customer))

    found = await partner.call("POST", CARDS, body={spelling: customer})
    page = await partner.call("POST", ADD, body={spelling: customer})
    removed = await partner.call(
        "DELETE", CARDS, body={spelling: customer, "card_token": card.token}
    )

    assert (found.status, page.status, removed.status) == (200, 200, 200)


async def test_an_unknown_customer_has_no_cards_to_list_to_add_or_to_remove(
    partner: PartnerClient,
) -> None:
    for method, path in (("POST", CARDS), ("POST", ADD), ("DELETE", CARDS)):
        body = {"external_customer_id": "nobody", "card_token": "x" * 32}
        reply = await partner.call(method, path, body=body)
        assert (reply.status, reply.body["code"]) == (404, 40402)


async def test_a_customer_with_twenty_cards_is_given_no_page(
    partner: PartnerClient, db: Database
) -> None:
    customer = await partner.new_customer()
    owner = await owner_of(db, partner, customer)
    for n in range(MAX_CARDS):
        await kept_card(db, owner, face=a_face(f"{n:04d}"))

    reply = await partner.call("POST", ADD, body={"external_customer_id": customer})

    assert (reply.status, reply.body["code"]) == (409, 40931)
    assert len(await listed(partner, customer)) == MAX_CARDS


async def test_removing_a_customer_removes_the_cards(
    partner: PartnerClient, http: httpx.AsyncClient, db: Database
) -> None:
    customer = await partner.new_customer()
    page = await begun(partner, customer)
    await given(http, page)
    left_open = await begun(partner, customer)

    removed = await partner.delete(f"/partner/customer/{customer}")

    assert removed.status == 200
    rows = await rows_of(db, partner)
    assert (len(rows["stored_card"]), len(rows["card_to_forget"])) == (0, 1)
    late = await given(http, left_open, OTHER_NUMBER)
    assert "/callback/fail" in late.headers["location"]
    assert (await rows_of(db, partner))["stored_card"] == []


async def test_a_page_asked_for_twice_with_one_key_is_one_page(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    key = {"Idempotency-Key": f"page-{customer}"}

    first, second = [
        await partner.call("POST", ADD, body={"external_customer_id": customer}, headers=key)
        for _ in range(2)
    ]

    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_where_no_cards_are_taken_no_page_is_given_and_the_list_is_there(
    db: Database, settings: Settings, clock: FakeClock, partner: PartnerClient
) -> None:
    customer = await partner.new_customer()
    async with open_app(lambda: open_house(settings, clock=clock)) as app:
        transport = transport_of(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bezant.test") as http:
            without = PartnerClient(http, partner.sign_in)
            page = await without.call("POST", ADD, body={"external_customer_id": customer})
            assert await listed(without, customer) == []
            shown = await http.get(f"/pay/cards/{'0' * 128}")

    assert (page.status, page.body["code"]) == (409, 40907)
    assert shown.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "external_customer_id"),
        ({"external_customer_id": "c", "card_token": "short"}, "card_token"),
        ({"external_customer_id": "c", "card_token": f"{'x' * 31}-"}, "card_token"),
    ],
)
async def test_a_card_named_wrongly_is_told(
    partner: PartnerClient, body: Mapping[str, object], field: str
) -> None:
    reply: Reply = await partner.call("DELETE", CARDS, body=body)

    assert reply.status == 422
    assert field in reply.errors


async def test_a_page_is_open_for_half_an_hour(
    partner: PartnerClient, http: httpx.AsyncClient, clock: FakeClock, acquirer: FakeAcquirer
) -> None:
    customer = await partner.new_customer()
    page = await begun(partner, customer)
    clock.advance(seconds=timedelta(minutes=30).total_seconds())

    late = await given(http, page)

    assert "/callback/fail" in late.headers["location"]
    assert acquirer.calls == []
