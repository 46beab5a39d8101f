"""Customers' stored addresses."""

import pytest

from bezant.customers.model import MAX_ADDRESSES
from bezant.kernel.db import Database
from tests.api.places import at
from tests.api.rows import rows_of
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply, billing_body, shipping_body

PATH = "/partner/customer/address"
BOTH = "/partner/customer/address/createmulti"
SHIPPING_KEYS = [
    "id",
    "tax_number",
    "external_id",
    "fullname",
    "phone",
    "city",
    "county",
    "district",
    "street",
    "zipcode",
    "address",
]
ALL_KEYS = [
    "id",
    "type",
    "invoice_type",
    "company_name",
    "tax_office",
    "tax_number",
    "external_id",
    "fullname",
    "phone",
    "email",
    "city",
    "county",
    "district",
    "street",
    "zipcode",
    "address",
]


async def store(
    partner: PartnerClient, customer: str, type_: str = "shipping", **changes: object
) -> Reply:
    """The answer to storing an address; a change to None leaves the field out."""
    made = shipping_body() if type_ == "shipping" else billing_body()
    body = made | {"external_customer_id": customer, "type": type_} | changes
    sent = {name: value for name, value in body.items() if value is not None}
    return await partner.call("POST", PATH, body=sent)


async def stored(partner: PartnerClient, customer: str, **query: object) -> Reply:
    """The customer's stored addresses."""
    reply = await partner.get(PATH, external_customer_id=customer, **query)
    assert reply.status == 200, reply.body
    return reply


@pytest.mark.parametrize("type_", ["shipping", "billing"])
async def test_a_stored_address_is_answered_with_its_keys_in_order(
    partner: PartnerClient, type_: str
) -> None:
    customer = await partner.new_customer()

    reply = await store(partner, customer, type_)

    assert reply.status == 200
    assert list(reply.data) == ALL_KEYS
    assert reply.data["type"] == type_
    assert reply.data["invoice_type"] == ("Individual" if type_ == "billing" else "")
    for name in ("company_name", "tax_office", "street", "zipcode"):
        assert reply.data[name] == ""
    assert (await stored(partner, customer)).items == [reply.data]


async def test_addresses_are_listed_oldest_first_and_by_type(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    made = [
        (await store(partner, customer, type_, external_id=f"e{number}")).data["id"]
        for number, type_ in enumerate(("billing", "shipping", "billing"))
    ]

    async def ids(**query: object) -> list[object]:
        return [address["id"] for address in (await stored(partner, customer, **query)).items]

    assert await ids() == made
    assert await ids(type="billing") == [made[0], made[2]]
    assert await ids(type="shipping") == [made[1]]
    assert await ids(type="") == made


async def test_an_address_with_a_known_external_id_replaces_that_one(
    partner: PartnerClient,
) -> None:
    customer = await partner.new_customer()
    first = await store(partner, customer, city="Ankara", street="Street")

    second = await store(partner, customer, city="İzmir")

    assert second.data["id"] == first.data["id"]
    (only,) = (await stored(partner, customer)).items
    assert (only["city"], only["street"]) == ("İzmir", "")


async def test_an_external_id_is_one_of_a_type_and_of_a_customer(partner: PartnerClient) -> None:
    customer, neighbour = await partner.new_customer(), await partner.new_customer()

    ids = {
        (await store(partner, whose, type_)).data["id"]
        for whose in (customer, neighbour)
        for type_ in ("shipping", "billing")
    }

    assert len(ids) == 4


async def test_addresses_without_an_external_id_are_each_of_their_own(
    partner: PartnerClient,
) -> None:
    customer = await partner.new_customer()

    for _ in range(2):
        await store(partner, customer, external_id=None)

    items = (await stored(partner, customer)).items
    assert [address["external_id"] for address in items] == ["", ""]


async def test_an_address_is_deleted_and_answered_as_it_was(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    kept = await store(partner, customer, "billing")
    gone = await store(partner, customer)

    reply = await partner.delete(PATH, external_customer_id=customer, id=gone.data["id"])
    again = await partner.delete(PATH, external_customer_id=customer, id=gone.data["id"])

    assert reply.data == gone.data
    assert (await stored(partner, customer)).items == [kept.data]
    assert (again.status, again.body["code"]) == (404, 40403)


async def test_another_customers_address_is_not_deleted(
    partner: PartnerClient, db: Database
) -> None:
    customer, neighbour = await partner.new_customer(), await partner.new_customer()
    theirs = await store(partner, neighbour)
    before = await rows_of(db, partner)

    reply = await partner.delete(PATH, external_customer_id=customer, id=theirs.data["id"])

    assert (reply.status, reply.body["code"]) == (404, 40403)
    assert await rows_of(db, partner) == before


async def test_a_pair_is_stored_together(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    reply = await partner.post(
        BOTH, external_customer_id=customer, shipping=shipping_body(), billing=billing_body()
    )

    assert list(reply.data) == ["shipping", "billing"]
    shipping, billing = reply.data["shipping"], reply.data["billing"]
    assert isinstance(shipping, dict)
    assert isinstance(billing, dict)
    assert (list(shipping), list(billing)) == (SHIPPING_KEYS, ALL_KEYS)
    ids = {address["id"] for address in (await stored(partner, customer)).items}
    assert ids == {shipping["id"], billing["id"]}


async def test_one_of_a_pair_may_come_alone(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    reply = await partner.post(BOTH, external_customer_id=customer, billing=billing_body())

    assert reply.data["shipping"] is None
    assert at(reply.data, "billing", "city") == "Ankara"


async def test_a_pair_with_one_bad_address_stores_neither(
    partner: PartnerClient, db: Database
) -> None:
    customer = await partner.new_customer()
    before = await rows_of(db, partner)

    bad = billing_body(invoice_type="Corporate")
    reply = await partner.post(
        BOTH, external_customer_id=customer, shipping=shipping_body(), billing=bad
    )
    neither = await partner.post(BOTH, external_customer_id=customer)

    assert sorted(reply.errors) == ["billing.company_name", "billing.tax_office"]
    assert sorted(neither.errors) == ["billing", "shipping"]
    assert await rows_of(db, partner) == before


async def test_a_pair_past_the_limit_stores_neither(partner: PartnerClient, db: Database) -> None:
    customer = await partner.new_customer()
    await fill_up(partner, db, customer, count=MAX_ADDRESSES - 1)
    before = await rows_of(db, partner)

    pair = await partner.post(
        BOTH, external_customer_id=customer, shipping=shipping_body(), billing=billing_body()
    )

    assert (pair.status, pair.body["code"]) == (409, 40905)
    assert await rows_of(db, partner) == before
    assert (await store(partner, customer)).status == 200
    assert (await store(partner, customer, "billing")).status == 409
    assert (await store(partner, customer, city="İzmir")).status == 200


async def fill_up(partner: PartnerClient, db: Database, customer: str, *, count: int) -> None:
    """Copies one stored address of the customer until there are so many."""
    first = await store(partner, customer, "billing", external_id=None)
    async with db.reading() as connection:
        await connection.execute(
            """
            INSERT INTO customer_address
                (partner_id, customer_id, type, invoice_type, company_name, tax_office, tax_number,
                 fullname, phone, email, city, county, district, street, zipcode, address,
                 updated_at)
            SELECT partner_id, customer_id, type, invoice_type, company_name, tax_office,
                   tax_number, fullname, phone, email, city, county, district, street, zipcode,
                   address, updated_at
              FROM customer_address, generate_series(2, $2) WHERE address_id = $1
            """,
            first.data["id"],
            count,
        )


@pytest.mark.parametrize(
    ("type_", "changes", "wrong"),
    [
        ("shipping", {"fullname": None}, ["fullname"]),
        ("shipping", {"phone": None, "city": None}, ["phone", "city"]),
        ("shipping", {"county": ""}, ["county"]),
        ("billing", {"invoice_type": None}, ["invoice_type"]),
        ("billing", {"tax_number": None}, ["tax_number"]),
        ("billing", {"address": None}, ["address"]),
        ("billing", {"invoice_type": "Corporate"}, ["company_name", "tax_office"]),
        ("billing", {"zipcode": "064200"}, ["zipcode"]),
        ("billing", {"email": "nowhere"}, ["email"]),
        ("shipping", {"external_id": "e" * 111}, ["external_id"]),
        ("shipping", {"external_customer_id": "c" * 111}, ["external_customer_id"]),
        ("shipping", {"type": "postal"}, ["type"]),
        ("shipping", {"type": None}, ["type"]),
    ],
)
async def test_what_is_wrong_with_an_address_is_said_by_field(
    partner: PartnerClient, type_: str, changes: dict[str, object], wrong: list[str]
) -> None:
    customer = await partner.new_customer()

    reply = await store(partner, customer, type_, **changes)

    assert (reply.status, reply.body["code"]) == (422, 42200)
    assert sorted(reply.errors) == sorted(wrong)
    assert (await stored(partner, customer)).items == []


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "billing", "phone": None, "fullname": None, "invoice_type": "Individual"},
        {"type": "shipping", "tax_number": None, "district": None},
        {"type": "shipping", "zipcode": "06420", "external_id": "e" * 110},
    ],
)
async def test_what_is_not_required_may_be_left_out(
    partner: PartnerClient, changes: dict[str, object]
) -> None:
    customer = await partner.new_customer()

    body = shipping_body() | {"external_customer_id": customer} | changes
    reply = await partner.call("POST", PATH, body={k: v for k, v in body.items() if v is not None})

    assert reply.status == 200, reply.body


async def test_an_unknown_customer_has_no_addresses(partner: PartnerClient) -> None:
    replies = [
        await partner.get(PATH, external_customer_id="nobody"),
        await store(partner, "nobody"),
        await partner.post(BOTH, external_customer_id="nobody", shipping=shipping_body()),
    ]

    assert [(reply.status, reply.body["code"]) for reply in replies] == [(404, 40402)] * 3
