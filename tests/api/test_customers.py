"""Customers: entering, reading, changing and removing them."""

import pytest

from bezant.kernel.db import Database
from tests.api.places import at
from tests.api.rows import rows_of
from tests.api.shopper import Shopper
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply, billing_body, customer_body, shipping_body

PATH = "/partner/customer"
PERSON = (
    "firstname",
    "middlename",
    "lastname",
    "fullname",
    "email",
    "phone",
    "gender",
    "identity_number",
    "birthdate",
)


async def enter(partner: PartnerClient, **changes: object) -> Reply:
    """The answer to entering a customer."""
    return await partner.call("POST", PATH, body=customer_body(**changes))


def update_body(**changes: object) -> dict[str, object]:
    """The body that changes a customer."""
    body: dict[str, object] = {
        "firstname": "Jane",
        "lastname": "Roe",
        "phone": "+905550000000",
        "identity_number": "11111111110",
    }
    return body | changes


async def test_a_new_customer_is_answered_with_its_keys_in_order(partner: PartnerClient) -> None:
    reply = await enter(partner, external_id="c-1", middlename="Q")

    assert reply.status == 200
    customer = reply.data
    assert list(customer.items()) == [
        ("id", customer["id"]),
        ("external_id", "c-1"),
        ("company_id", customer["company_id"]),
        ("user_id", customer["user_id"]),
        ("firstname", "John"),
        ("middlename", "Q"),
        ("lastname", "Due"),
        ("fullname", "John Q Due"),
        ("email", "john.due@example.com"),
        ("phone", "+905556242399"),
        ("gender", "M"),
        ("identity_number", "96356247895"),
        ("birthdate", "1981-06-10"),
        # Nine o'clock in UTC is noon in Istanbul.
        ("created_at", "2026-06-01 12:00:00"),
        ("updated_at", "2026-06-01 12:00:00"),
        ("account_type", "person"),
        ("tax_office", ""),
    ]
    for name in ("id", "company_id", "user_id"):
        assert type(customer[name]) is int


async def test_a_customer_is_read_with_its_keys_in_order(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    reply = await partner.get(f"{PATH}/{customer}")

    assert list(reply.data) == ["external_id", *PERSON, "wallets"]
    assert reply.data["external_id"] == customer
    assert reply.data["wallets"] == []
    assert reply.data["fullname"] == "John Due"


async def test_only_the_id_is_needed_and_what_is_unknown_is_empty(partner: PartnerClient) -> None:
    entered = await partner.post(PATH, external_id="c-2", firstname="", gender=None)

    assert entered.status == 200
    read = await partner.get(f"{PATH}/c-2")
    assert [read.data[name] for name in PERSON] == ["", "", "", "", "", "", None, "", None]


async def test_a_company_is_a_customer_with_a_tax_office(partner: PartnerClient) -> None:
    without = await enter(partner, account_type="company", firstname="Company")
    reply = await enter(
        partner,
        account_type="company",
        firstname="Company",
        lastname="",
        identity_number="1234567890",
        tax_office="Beyoğlu",
    )

    assert (without.status, list(without.errors)) == (422, ["tax_office"])
    assert reply.status == 200
    assert (reply.data["account_type"], reply.data["tax_office"]) == ("company", "Beyoğlu")
    assert reply.data["fullname"] == "Company"


@pytest.mark.parametrize(
    ("name", "sent", "answered"),
    [
        ("firstname", "Al", "Al"),
        ("lastname", "Şahinoğlu-Çağ", "Şahinoğlu-Çağ"),
        ("birthdate", "10-06-1981", "1981-06-10"),
        ("birthdate", "1984-02-29", "1984-02-29"),
        ("phone", "+90 555 624 23 99", "+90 555 624 23 99"),
        ("gender", "F", "F"),
        ("external_id", "A_b-9", "A_b-9"),
    ],
)
async def test_what_may_be_sent(
    partner: PartnerClient, name: str, sent: object, answered: object
) -> None:
    reply = await enter(partner, **{name: sent})

    assert reply.status == 200, reply.body
    assert reply.data[name] == answered


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("external_id", None),
        ("external_id", "ab"),
        ("external_id", "a" * 41),
        ("external_id", "a b c"),
        ("external_id", "çay"),
        ("external_id", "abc\n"),
        ("external_id", 12345),
        ("external_id", "address"),
        ("external_id", "KYC"),
        ("firstname", "x" * 41),
        ("firstname", "a\x00b"),
        ("lastname", ["Due"]),
        ("email", "john.due"),
        ("email", f"{'x' * 110}@example.com"),
        ("email", "john.due@example.com\n"),
        ("phone", "call me"),
        ("phone", "+905556242399\n"),
        ("phone", "1" * 26),
        ("gender", "X"),
        ("identity_number", "12"),
        ("birthdate", "1981-02-30"),
        ("birthdate", "10.06.1981"),
        ("birthdate", "1981-6-10"),
        ("account_type", "club"),
    ],
)
async def test_what_may_not_be_sent_is_said_by_field(
    partner: PartnerClient, db: Database, name: str, sent: object
) -> None:
    before = await rows_of(db, partner)

    reply = await enter(partner, **{name: sent})

    assert (reply.status, list(reply.errors)) == (422, [name])
    assert await rows_of(db, partner) == before


async def test_an_id_that_exists_is_refused_and_the_customer_stays(
    partner: PartnerClient, db: Database
) -> None:
    customer = await partner.new_customer()
    before = await rows_of(db, partner)

    reply = await enter(partner, external_id=customer, firstname="Other")

    assert (reply.status, reply.body["code"]) == (409, 40901)
    assert reply.body["message"] == f"A customer with this id exists already: {customer}"
    assert await rows_of(db, partner) == before


async def test_an_id_belongs_to_a_partner(
    partner: PartnerClient, other_partner: PartnerClient
) -> None:
    first = await enter(partner, external_id="the-same", firstname="First")

    second = await enter(other_partner, external_id="the-same", firstname="Second")

    assert (first.status, second.status) == (200, 200)
    read = await partner.get(f"{PATH}/the-same")
    assert read.data["firstname"] == "First"


@pytest.mark.parametrize(("length", "status"), [(110, 404), (111, 422)])
async def test_ids_up_to_110_characters_can_be_asked_for(
    partner: PartnerClient, length: int, status: int
) -> None:
    reply = await partner.get(f"{PATH}/{'x' * length}")

    assert reply.status == status


async def test_a_change_replaces_what_is_required_and_keeps_what_was_not_sent(
    partner: PartnerClient, clock: FakeClock
) -> None:
    customer = await partner.new_customer(middlename="Q")
    clock.advance(seconds=60)

    reply = await partner.call("PATCH", f"{PATH}/{customer}", body=update_body())

    assert reply.status == 200
    assert [reply.data[name] for name in PERSON] == [
        "Jane",
        "Q",
        "Roe",
        "Jane Q Roe",
        "john.due@example.com",
        "+905550000000",
        "M",
        "11111111110",
        "1981-06-10",
    ]
    assert reply.data["created_at"] == "2026-06-01 12:00:00"
    assert reply.data["updated_at"] == "2026-06-01 12:01:00"
    read = await partner.get(f"{PATH}/{customer}")
    assert [read.data[name] for name in PERSON] == [reply.data[name] for name in PERSON]


async def test_what_is_optional_can_be_changed_too(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    optional = {
        "middlename": "Z",
        "email": "jane@example.com",
        "gender": "F",
        "birthdate": "01-02-1990",
    }

    reply = await partner.call("PATCH", f"{PATH}/{customer}", body=update_body(**optional))

    assert [reply.data[name] for name in optional] == ["Z", "jane@example.com", "F", "1990-02-01"]


@pytest.mark.parametrize("missing", ["firstname", "lastname", "phone", "identity_number"])
async def test_a_change_needs_its_required_fields(partner: PartnerClient, missing: str) -> None:
    customer = await partner.new_customer()
    body = update_body()
    body[missing] = ""

    reply = await partner.call("PATCH", f"{PATH}/{customer}", body=body)

    assert (reply.status, list(reply.errors)) == (422, [missing])


@pytest.mark.parametrize(
    ("name", "sent"),
    [("birthdate", "1990-13-01"), ("identity_number", "12"), ("email", "x"), ("gender", "m")],
)
async def test_a_change_that_cannot_be_accepted_changes_nothing(
    partner: PartnerClient, db: Database, name: str, sent: str
) -> None:
    customer = await partner.new_customer()
    before = await rows_of(db, partner)

    reply = await partner.call("PATCH", f"{PATH}/{customer}", body=update_body(**{name: sent}))

    assert (reply.status, list(reply.errors)) == (422, [name])
    assert await rows_of(db, partner) == before


async def test_a_basket_shows_the_customer_as_it_is_now(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    await partner.call("PATCH", f"{PATH}/{shopper.customer}", body=update_body())

    basket = await shopper.look()

    assert at(basket.data, "customer", "fullname") == "Jane Roe"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_customer_is_not_found(partner: PartnerClient, method: str) -> None:
    body = update_body() if method == "PATCH" else None

    reply = await partner.call(method, f"{PATH}/nobody", body=body)

    assert (reply.status, reply.body["code"]) == (404, 40402)
    assert reply.body["message"] == "There is no such customer: nobody"


async def test_a_removed_customer_is_gone_and_its_id_is_free(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)

    removed = await partner.delete(f"{PATH}/{shopper.customer}")

    assert removed.data == {"external_id": shopper.customer}
    for reply in (
        await partner.get(f"{PATH}/{shopper.customer}"),
        await partner.delete(f"{PATH}/{shopper.customer}"),
        await shopper.look(),
        await shopper.add("MNT0001"),
        await partner.get(f"{PATH}/address", external_customer_id=shopper.customer),
    ):
        assert reply.status == 404
    again = await enter(partner, external_id=shopper.customer, firstname="Another")
    assert (again.status, again.data["fullname"]) == (200, "Another Due")
    listed = await partner.get("/partner/ecom/baskets", customer_external_id=shopper.customer)
    assert listed.items == []
    addresses = await partner.get(f"{PATH}/address", external_customer_id=shopper.customer)
    assert addresses.items == []


async def test_nothing_of_a_person_stays_when_a_customer_is_removed(
    partner: PartnerClient, db: Database
) -> None:
    told = {
        "firstname": "Zerdali",
        "middlename": "Quxley",
        "lastname": "Vartanyan",
        "email": "zerdali@example.org",
        "phone": "+905330001122",
        "identity_number": "55512345678",
        "birthdate": "1977-07-17",
    }
    customer = str(customer_body()["external_id"])
    await partner.new_customer(external_id=customer, **told)
    basket = await partner.new_basket(customer)
    where = {"fullname": "Zerdali Vartanyan", "phone": "+905330001122", "address": "Kuytu Sokak"}
    await partner.patch(
        "/partner/ecom/basket/setaddress",
        external_customer_id=customer,
        cart_token=basket.data["token"],
        shipping=shipping_body(**where),
        billing=billing_body(**where, email="zerdali@example.org"),
    )
    traces = [customer, *told.values(), *where.values()]
    assert await tables_that_tell(db, traces) >= {"customer", "customer_address", "basket"}

    await partner.delete(f"{PATH}/{customer}")

    assert await tables_that_tell(db, traces) == set()


async def tables_that_tell(db: Database, traces: list[str]) -> set[str]:
    """The tables of the whole database in which one of these texts is, in any column."""
    async with db.reading() as connection:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        return {
            row["table_name"]
            for row in tables
            if await connection.fetchval(
                f'SELECT EXISTS (SELECT FROM "{row["table_name"]}" t, unnest($1::text[]) AS trace'
                " WHERE strpos(t::text, trace) > 0)",
                traces,
            )
        }


async def test_another_customer_stays_when_one_is_removed(
    partner: PartnerClient, db: Database
) -> None:
    staying = await Shopper.enter(partner)
    await staying.set_address(shipping=shipping_body())
    before = await rows_of(db, partner)
    going = await Shopper.enter(partner)
    await going.set_address(shipping=shipping_body())

    await partner.delete(f"{PATH}/{going.customer}")

    after = await rows_of(db, partner)
    assert {table: len(rows) for table, rows in after.items()} == {
        table: len(rows) + (table == "customer") for table, rows in before.items()
    }
    assert all(set(before[table]) <= set(after[table]) for table in before)


async def test_the_channel_is_kept_with_the_customer(partner: PartnerClient, db: Database) -> None:
    for sent, kept in (("", "web"), ("mobile", "mobile")):
        body = customer_body()
        await partner.call("POST", PATH, body=body, headers={"x-client-id": sent})
        async with db.reading() as connection:
            channel = await connection.fetchval(
                "SELECT channel FROM customer WHERE external_id = $1", body["external_id"]
            )
        assert channel == kept
