"""What is known of who a customer is, over the API."""

import asyncio

import pytest

from tests.api.places import at
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply

BULK = "/partner/customer/kyc/bulk"
KEYS = [
    "external_customer_id",
    "level",
    "effective_level",
    "status",
    "verified_at",
    "method",
    "document",
    "risk",
    "pep",
    "updated_at",
]
WHOLE: dict[str, object] = {
    "level": 2,
    "status": "approved",
    "verified_at": "2024-03-01T10:30:00+03:00",
    "method": "video-call",
    "document": {
        "type": "passport",
        "number_last4": "4F21",
        "country": "TR",
        "expires_at": "2999-12-31",
    },
    "risk": "medium",
    "pep": True,
}


async def say(partner: PartnerClient, customer: str, **sent: object) -> Reply:
    """The answer to what is said of a customer."""
    return await partner.call("POST", f"/partner/customer/{customer}/kyc", body=sent)


async def known(partner: PartnerClient, customer: str) -> Reply:
    """What is known of a customer."""
    return await partner.call("GET", f"/partner/customer/{customer}/kyc")


async def test_of_a_new_customer_nothing_is_known(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    reply = await known(partner, customer)

    assert list(reply.data) == KEYS
    assert list(reply.data.values()) == [
        customer, 0, 0, "pending", None, "", None, "low", False, None,
    ]  # fmt: skip


async def test_what_was_said_last_is_what_is_known(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    said = await say(partner, customer, **WHOLE)

    assert said.status == 200, said.body
    assert said.data == (await known(partner, customer)).data
    told = {name: said.data[name] for name in WHOLE}
    assert told == WHOLE
    document = at(said.data, "document")
    assert isinstance(document, dict)
    assert list(document) == ["type", "number_last4", "country", "expires_at"]
    assert said.data["effective_level"] == 2

    again = await say(partner, customer, level=1, status="rejected")

    assert (again.data["effective_level"], again.data["document"], again.data["method"]) == (
        0, None, "",
    )  # fmt: skip
    assert again.data == (await known(partner, customer)).data


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": 4}, "level"),
        ({"status": "done"}, "status"),
        ({"verified_at": None}, "verified_at"),
        ({"verified_at": "2999-01-01T00:00:00+00:00"}, "verified_at"),
        ({"verified_at": "2024-01-01T00:00:00"}, "verified_at"),
        ({"verified_at": "0001-01-01T00:00:00+14:00"}, "verified_at"),
        ({"verified_at": "yesterday, at ten"}, "verified_at"),
        ({"document": {"type": "passport", "number_last4": "U12345678"}}, "document.number_last4"),
        ({"document": {"type": "passport", "country": "tur"}}, "document.country"),
        ({"document": {"type": "passport", "expires_at": "2024-13-01"}}, "document.expires_at"),
        ({"document": {"country": "TR"}}, "document.type"),
        ({"risk": "none"}, "risk"),
        ({"pep": "yes"}, "pep"),
    ],
)
async def test_what_cannot_be_is_refused(
    partner: PartnerClient, change: dict[str, object], field: str
) -> None:
    customer = await partner.new_customer()

    reply = await say(partner, customer, **(WHOLE | change))

    assert (reply.status, list(reply.errors)) == (422, [field])
    assert (await known(partner, customer)).data["level"] == 0


async def test_nothing_is_known_of_nobody(partner: PartnerClient) -> None:
    assert (await known(partner, "nobody")).body["code"] == 40402
    assert (await say(partner, "nobody", **WHOLE)).body["code"] == 40402


async def test_each_of_many_has_a_result_of_its_own(partner: PartnerClient) -> None:
    first, second, third = [await partner.new_customer() for _ in range(3)]
    sent = [
        WHOLE | {"external_customer_id": second},
        WHOLE | {"external_customer_id": "nobody"},
        WHOLE | {"external_customer_id": first, "level": 3},
        WHOLE | {"external_customer_id": second, "level": 1},
        WHOLE | {"external_customer_id": third, "verified_at": "2999-01-01T00:00:00Z"},
    ]

    reply = await partner.call("POST", BULK, body={"customers": sent})

    assert reply.status == 200, reply.body
    assert [list(each) for each in reply.items] == [
        ["external_customer_id", "success", "code", "message"]
    ] * 5
    assert [(each["external_customer_id"], each["code"]) for each in reply.items] == [
        (second, 0),
        ("nobody", 40402),
        (first, 0),
        (second, 42200),
        (third, 42200),
    ]
    assert [each["success"] for each in reply.items] == [True, False, True, False, False]
    levels = [(await known(partner, each)).data["level"] for each in (first, second, third)]
    assert levels == [3, 2, 0]


async def test_there_are_500_at_most(partner: PartnerClient) -> None:
    one = {"external_customer_id": "nobody", "level": 0, "status": "pending"}

    too_many = await partner.call("POST", BULK, body={"customers": [one] * 501})
    none = await partner.call("POST", BULK, body={"customers": []})

    assert (too_many.status, list(too_many.errors)) == (422, ["customers"])
    assert (none.status, none.items) == (200, [])


async def test_many_at_once_in_different_orders_all_get_through(partner: PartnerClient) -> None:
    names = [await partner.new_customer() for _ in range(10)]

    def body(order: list[str]) -> dict[str, object]:
        return {"customers": [WHOLE | {"external_customer_id": name} for name in order]}

    replies = await asyncio.gather(
        *(partner.call("POST", BULK, body=body(names if i % 2 else names[::-1])) for i in range(8))
    )

    assert {reply.status for reply in replies} == {200}
    assert all(each["success"] for reply in replies for each in reply.items)
