"""The addresses of a basket: sent whole, or by the id of a stored one."""

import pytest

from bezant.kernel.db import Database
from tests.api.places import at
from tests.api.rows import rows_of
from tests.api.shopper import Shopper
from tests.factories.catalog import CREDIT_BIN
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply, billing_body, shipping_body

ADDRESS = "/partner/customer/address"


async def store(shopper: Shopper, type_: str, **changes: object) -> int:
    """The id of a stored address of the shopper's customer."""
    made = shipping_body() if type_ == "shipping" else billing_body()
    sent = made | {"external_customer_id": shopper.customer, "type": type_} | changes
    reply = await shopper.partner.call("POST", ADDRESS, body=sent)
    assert reply.status == 200, reply.body
    found = reply.data["id"]
    assert isinstance(found, int)
    return found


async def stored(shopper: Shopper) -> list[object]:
    """The ids of the customer's stored addresses."""
    reply = await shopper.partner.get(ADDRESS, external_customer_id=shopper.customer)
    return [address["id"] for address in reply.items]


def without_id(reply: Reply, which: str) -> list[tuple[str, object]]:
    """The keys and values of one of a basket's addresses, in order, from the second on."""
    assert reply.status == 200, reply.body
    address = at(reply.data, which)
    assert isinstance(address, dict)
    (first, *rest) = address.items()
    assert first[0] == "id"
    return rest


async def test_both_addresses_are_answered_with_the_published_keys_in_order(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner)

    basket = await shopper.set_address(
        shipping=shipping_body(zipcode="06420", street="Street"),
        billing=billing_body(
            invoice_type="Corporate", company_name="Company", tax_office="Çankaya"
        ),
    )

    assert without_id(basket, "shippingaddress") == [
        ("tax_number", "12313123312"),
        ("external_id", "66b3666fcc19b0487e691695"),
        ("fullname", "John Due"),
        ("phone", "+905071112233"),
        ("city", "Ankara"),
        ("county", "Çankaya"),
        ("district", "District"),
        ("street", "Street"),
        ("zipcode", "06420"),
        ("address", "açık adres"),
    ]
    assert without_id(basket, "billingaddress") == [
        ("type", "billing"),
        ("invoice_type", "Corporate"),
        ("company_name", "Company"),
        ("tax_office", "Çankaya"),
        ("tax_number", "123131231"),
        ("external_id", "66b3666fcc19b0487e691695"),
        ("fullname", "John Due"),
        ("phone", "+905071112233"),
        ("email", "john.due@example.com"),
        ("city", "Ankara"),
        ("county", "Çankaya"),
        ("district", "District"),
        ("street", ""),
        ("zipcode", ""),
        ("address", "açık adres"),
    ]
    assert (await shopper.look()).data["billingaddress"] == basket.data["billingaddress"]


async def test_the_prices_and_their_hold_stay_when_an_address_is_set(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner)

    basket = await shopper.set_address(shipping=shipping_body(), card_bin=CREDIT_BIN)

    assert (basket.data["total"], basket.data["payment_cost"]) == (2054.38, 30.82)
    assert at(basket.data, "pricefix", "updated") is False


async def test_an_invoice_is_to_a_person_unless_told(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    billing = billing_body()
    del billing["invoice_type"]

    basket = await shopper.set_address(billing=billing)

    assert at(basket.data, "billingaddress", "invoice_type") == "Individual"
    assert basket.data["shippingaddress"] is None


async def test_one_address_leaves_the_other_as_it_is(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    first = await shopper.set_address(shipping=shipping_body())

    second = await shopper.set_address(billing=billing_body())

    assert second.data["shippingaddress"] == first.data["shippingaddress"]
    assert second.data["billingaddress"] is not None


async def test_an_address_that_is_sent_is_stored_with_the_customer(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner)

    basket = await shopper.set_address(shipping=shipping_body(), billing=billing_body())

    ids = [at(basket.data, which, "id") for which in ("shippingaddress", "billingaddress")]
    assert await stored(shopper) == ids


async def test_the_same_address_sent_again_is_stored_once(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    first = await shopper.set_address(shipping=shipping_body())

    second = await shopper.set_address(shipping=shipping_body(city="İzmir"))

    address_id = at(first.data, "shippingaddress", "id")
    assert at(second.data, "shippingaddress", "id") == address_id
    assert at(second.data, "shippingaddress", "city") == "İzmir"
    assert await stored(shopper) == [address_id]


async def test_stored_addresses_are_named_by_id(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    shipping = await store(shopper, "shipping", fullname="Jane Due")
    billing = await store(shopper, "billing", fullname="Jim Due")

    basket = await shopper.set_address(shipping_id=shipping, billing_id=billing)

    assert at(basket.data, "shippingaddress", "id") == shipping
    assert at(basket.data, "shippingaddress", "fullname") == "Jane Due"
    assert at(basket.data, "billingaddress", "id") == billing
    assert at(basket.data, "billingaddress", "fullname") == "Jim Due"


async def test_a_basket_keeps_its_copy_of_an_address(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    shipping = await store(shopper, "shipping")
    basket = await shopper.set_address(shipping_id=shipping)
    await store(shopper, "shipping", city="İzmir")
    await partner.delete(ADDRESS, external_customer_id=shopper.customer, id=shipping)

    found = await shopper.look()

    assert found.data["shippingaddress"] == basket.data["shippingaddress"]


async def test_an_address_of_the_other_type_is_not_found(
    partner: PartnerClient, db: Database
) -> None:
    shopper = await Shopper.enter(partner)
    billing = await store(shopper, "billing")
    before = await rows_of(db, partner)

    reply = await shopper.set_address(shipping_id=billing)

    assert (reply.status, reply.body["code"]) == (404, 40403)
    assert await rows_of(db, partner) == before


async def test_an_address_of_another_customer_is_not_found_and_nothing_is_stored(
    partner: PartnerClient, db: Database
) -> None:
    shopper, neighbour = await Shopper.enter(partner), await Shopper.enter(partner)
    theirs = await store(neighbour, "billing")
    before = await rows_of(db, partner)

    reply = await shopper.set_address(shipping=shipping_body(), billing_id=theirs)

    assert (reply.status, reply.body["code"]) == (404, 40403)
    assert await rows_of(db, partner) == before


async def test_another_customers_basket_gets_no_address(
    partner: PartnerClient, db: Database
) -> None:
    shopper, neighbour = await Shopper.enter(partner), await Shopper.enter(partner)
    shopper.token = neighbour.token
    before = await rows_of(db, partner)

    reply = await shopper.set_address(shipping=shipping_body())

    assert (reply.status, reply.body["code"]) == (404, 40404)
    assert await rows_of(db, partner) == before


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, ["shipping", "billing"]),
        ({"shipping": {}}, [f"shipping.{name}" for name in (
            "tax_number", "fullname", "phone", "city", "county", "district", "address")]),
        ({"billing": {}}, [f"billing.{name}" for name in (
            "phone", "city", "county", "district", "address", "tax_number")]),
        ({"shipping": shipping_body(zipcode="064200")}, ["shipping.zipcode"]),
        ({"shipping": shipping_body(external_id="e" * 111)}, ["shipping.external_id"]),
        ({"shipping": shipping_body(city=6)}, ["shipping.city"]),
        ({"shipping": "Ankara"}, ["shipping"]),
        ({"shipping": [shipping_body()]}, ["shipping"]),
        ({"shipping_id": "abc"}, ["shipping_id"]),
        ({"shipping_id": 0}, ["shipping_id"]),
        ({"billing_id": 2**63}, ["billing_id"]),
        ({"billing": billing_body(invoice_type="Nobody")}, ["billing.invoice_type"]),
        ({"billing": billing_body(email="not an address")}, ["billing.email"]),
        ({"billing": billing_body(invoice_type="Corporate")},
         ["billing.company_name", "billing.tax_office"]),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_an_address_is_said_by_field(
    partner: PartnerClient, sent: dict[str, object], wrong: list[str]
) -> None:
    shopper = await Shopper.enter(partner)

    reply = await shopper.set_address(**sent)

    assert (reply.status, reply.body["code"]) == (422, 42200)
    assert sorted(reply.errors) == sorted(wrong)
