"""The demo customers: the published one first, the others sound and told apart."""

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.cli.demo.people import DemoCustomer, DemoLocation, demo_customers
from bezant.cli.demo.people_numbers import identity_number, tax_number
from bezant.cli.demo.people_places import PLACES

CUSTOMERS = demo_customers()
INVENTED = CUSTOMERS[1:]
HEX_24 = r"[0-9a-f]{24}"


def is_identity_number(number: str) -> bool:
    """The rule as the registry states it: two sums over the digits at odd and even places."""
    d = [int(digit) for digit in number]
    odd, even = d[0] + d[2] + d[4] + d[6] + d[8], d[1] + d[3] + d[5] + d[7]
    return (
        len(d) == 11
        and d[0] != 0
        and (odd * 7 + even * 9) % 10 == d[9]
        and sum(d[:10]) % 10 == d[10]
    )


def is_tax_number(number: str) -> bool:
    """The rule digit by digit, with the remainder of nine written as nine."""
    total = 0
    for i in range(1, 10):
        moved = (int(number[i - 1]) + 10 - i) % 10
        total += moved if moved == 9 else moved * 2 ** (10 - i) % 9
    return len(number) == 10 and (10 - total % 10) % 10 == int(number[9])


def test_the_published_examples_customer_comes_first() -> None:
    first = CUSTOMERS[0]
    assert first.external_id == "6551eeaf4455bb5959555302"
    assert (first.firstname, first.middlename, first.lastname) == ("John", "", "Due")
    assert (first.email, first.phone) == ("john.due@example.com", "+905556242399")
    assert (first.gender, first.identity_number) == ("M", "96356247895")
    assert first.birthdate == date(1981, 6, 10)


def test_the_published_examples_addresses_are_its_own() -> None:
    shipping, billing = CUSTOMERS[0].shipping, CUSTOMERS[0].billing
    ankara = DemoLocation(
        city="Ankara",
        county="Çankaya",
        district="District",
        street="",
        zipcode="",
        address="açık adres",
    )
    assert shipping.location == billing.location == ankara
    assert shipping.external_id == billing.external_id == "66b3666fcc19b0487e691695"
    assert shipping.fullname == billing.fullname == "John Due"
    assert shipping.phone == billing.phone == "+905071112233"
    assert (shipping.tax_number, billing.tax_number) == ("12313123312", "123131231")
    assert (billing.invoice_type, billing.company_name, billing.tax_office) == (
        "Individual",
        "",
        "",
    )


def test_the_same_seed_gives_the_same_customers_and_another_gives_others() -> None:
    assert demo_customers() == CUSTOMERS
    assert demo_customers(30) == CUSTOMERS[:30]
    assert demo_customers(30, seed=7)[1:] != CUSTOMERS[1:30]
    assert len(CUSTOMERS) == 200
    assert demo_customers(0) == ()


@pytest.mark.parametrize("field", ["external_id", "email", "identity_number", "phone"])
def test_no_two_customers_share(field: str) -> None:
    values = Counter(getattr(customer, field) for customer in CUSTOMERS)
    assert [value for value, count in values.items() if count > 1] == []


def test_no_two_invented_addresses_share_an_external_id() -> None:
    ids = [a.external_id for c in INVENTED for a in (c.shipping, c.billing)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(HEX_24, external_id) for external_id in ids)


@pytest.mark.parametrize("customer", INVENTED, ids=lambda customer: customer.email)
def test_a_customer_is_within_the_contracts_bounds(customer: DemoCustomer) -> None:
    assert re.fullmatch(HEX_24, customer.external_id)
    assert 1 <= len(customer.firstname) <= 40
    assert len(customer.middlename) <= 40
    assert 1 <= len(customer.lastname) <= 40
    assert re.fullmatch(r"[a-z]+\.[a-z]+\d+@example\.(com|org)", customer.email)
    assert re.fullmatch(r"\+905\d{9}", customer.phone)
    assert date(1949, 1, 1) <= customer.birthdate <= date(2006, 12, 31)
    assert is_identity_number(customer.identity_number)
    assert customer.shipping.tax_number == customer.identity_number


@pytest.mark.parametrize("customer", INVENTED, ids=lambda customer: customer.email)
def test_a_customers_addresses_are_in_a_county_of_their_city(customer: DemoCustomer) -> None:
    known = {(place.city, place.county, place.zipcode) for place in PLACES}
    for address in (customer.shipping, customer.billing):
        where = address.location
        assert (where.city, where.county, where.zipcode) in known
        assert where.district.endswith(" Mah.")
        assert where.district in where.address
        assert where.street in where.address
        assert len(where.address) <= 110


@pytest.mark.parametrize("customer", INVENTED, ids=lambda customer: customer.email)
def test_an_invoice_names_a_company_with_its_tax_number_or_a_person(
    customer: DemoCustomer,
) -> None:
    billing = customer.billing
    if billing.invoice_type == "Corporate":
        assert 3 <= len(billing.company_name) <= 110
        assert 3 <= len(billing.tax_office) <= 40
        assert is_tax_number(billing.tax_number)
    else:
        assert (billing.company_name, billing.tax_office) == ("", "")
        assert billing.tax_number == customer.identity_number


def test_the_customers_are_a_mixed_company() -> None:
    corporate = [c for c in CUSTOMERS if c.billing.invoice_type == "Corporate"]
    elsewhere = [c for c in CUSTOMERS if c.billing.location != c.shipping.location]
    assert 10 <= len(corporate) <= 50
    assert 20 <= len(elsewhere) <= 90
    assert 60 <= len([c for c in CUSTOMERS if c.gender == "F"]) <= 140
    assert 15 <= len([c for c in CUSTOMERS if c.middlename]) <= 80
    assert len({c.shipping.location.city for c in CUSTOMERS}) >= 12


def test_a_post_code_has_five_digits() -> None:
    assert all(re.fullmatch(r"\d{5}", place.zipcode) for place in PLACES)


@given(body=st.integers(100_000_000, 999_999_999).map(str))
def test_any_completed_identity_number_passes_the_registrys_rule(body: str) -> None:
    assert is_identity_number(identity_number(body))
    assert identity_number(body)[:9] == body


@given(body=st.integers(0, 999_999_999).map(lambda n: f"{n:09d}"))
def test_any_completed_tax_number_passes_the_registrys_rule(body: str) -> None:
    assert is_tax_number(tax_number(body))
    assert tax_number(body)[:9] == body


def test_the_numbers_that_everyone_tests_with_come_out() -> None:
    assert identity_number("100000001") == "10000000146"
    assert tax_number("123456789") == "1234567890"


@pytest.mark.parametrize("body", ["", "12345678", "0123456789", "12345678x", "012345678"])
def test_an_identity_number_is_made_from_nine_digits(body: str) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        identity_number(body)


@pytest.mark.parametrize("body", ["", "12345678", "0123456789", "12345678x"])
def test_a_tax_number_is_made_from_nine_digits(body: str) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        tax_number(body)
