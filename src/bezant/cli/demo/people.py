"""Made-up customers of the demo shop, always the same for the same seed.

Invariants: the first is the published example's customer, exactly; identity and tax numbers
of the others pass their check digits; no two share an external id, a mail address or an
identity number.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final, Literal

from bezant.cli.demo.people_names import COMPANY_STEMS, COMPANY_TRADES, MEN, SURNAMES, WOMEN
from bezant.cli.demo.people_numbers import identity_number, tax_number
from bezant.cli.demo.people_places import PLACES, STREETS, Place

SEED: Final = 1204
HOW_MANY: Final = 200

Gender = Literal["M", "F"]
InvoiceType = Literal["Individual", "Corporate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLocation:
    """Where a parcel or an invoice goes; an unknown part is an empty string."""

    city: str
    county: str
    district: str
    street: str
    zipcode: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShipping:
    """Where the customer's parcels go."""

    external_id: str
    tax_number: str
    fullname: str
    phone: str
    location: DemoLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBilling:
    """Whom the invoices are made out to."""

    external_id: str
    invoice_type: InvoiceType
    company_name: str
    tax_office: str
    tax_number: str
    fullname: str
    phone: str
    email: str
    location: DemoLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCustomer:
    """One customer, with an address for parcels and one for invoices."""

    external_id: str
    firstname: str
    middlename: str
    lastname: str
    email: str
    phone: str
    gender: Gender
    identity_number: str
    birthdate: date
    shipping: DemoShipping
    billing: DemoBilling


def demo_customers(count: int = HOW_MANY, *, seed: int = SEED) -> tuple[DemoCustomer, ...]:
    """The first `count` customers, the published example's before all others.

    A longer list begins with the shorter one of the same seed.
    """
    # Repeatable is what is wanted here, and nothing secret is made of it.
    chance = Random(seed)  # noqa: S311
    invented = (_invented(chance, place) for place in range(1, count))
    return (_EXAMPLE, *invented)[:count]


_EXAMPLE_LOCATION: Final = DemoLocation(
    city="Ankara",
    county="Çankaya",
    district="District",
    street="",
    zipcode="",
    address="açık adres",
)
_EXAMPLE: Final = DemoCustomer(
    external_id="6551eeaf4455bb5959555302",
    firstname="John",
    middlename="",
    lastname="Due",
    email="john.due@example.com",
    phone="+905556242399",
    gender="M",
    identity_number="96356247895",
    birthdate=date(1981, 6, 10),
    shipping=DemoShipping(
        external_id="66b3666fcc19b0487e691695",
        tax_number="12313123312",
        fullname="John Due",
        phone="+905071112233",
        location=_EXAMPLE_LOCATION,
    ),
    billing=DemoBilling(
        external_id="66b3666fcc19b0487e691695",
        invoice_type="Individual",
        company_name="",
        tax_office="",
        tax_number="123131231",
        fullname="John Due",
        phone="+905071112233",
        email="john.due@example.com",
        location=_EXAMPLE_LOCATION,
    ),
)

# Everyone is between 18 and 80 from 2025 until the end of 2028.
_FIRST_BIRTHDATE: Final = date(1949, 1, 1)
_BIRTHDATES: Final = (date(2006, 12, 31) - _FIRST_BIRTHDATE).days
_EXTERNAL_IDS_FROM: Final = 0x65500000
_MIDDLE_NAME_IN: Final = 5
_CORPORATE_IN: Final = 8
_ANOTHER_INVOICE_PLACE_IN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Who a customer is, before there are addresses."""

    external_id: str
    gender: Gender
    given: tuple[str, str]
    lastname: str
    email: str
    phone: str
    identity_number: str

    @property
    def fullname(self) -> str:
        return " ".join(name for name in (*self.given, self.lastname) if name)


def _invented(chance: Random, place: int) -> DemoCustomer:
    person = _person(chance, place)
    home = chance.choice(PLACES)
    at_home = _location(chance, home)
    return DemoCustomer(
        external_id=person.external_id,
        firstname=person.given[0],
        middlename=person.given[1],
        lastname=person.lastname,
        email=person.email,
        phone=person.phone,
        gender=person.gender,
        identity_number=person.identity_number,
        birthdate=_FIRST_BIRTHDATE + timedelta(days=chance.randrange(_BIRTHDATES + 1)),
        shipping=DemoShipping(
            external_id=_external_id(chance, place),
            tax_number=person.identity_number,
            fullname=person.fullname,
            phone=person.phone,
            location=at_home,
        ),
        billing=_billing(chance, person, home, at_home),
    )


def _person(chance: Random, place: int) -> _Person:
    gender: Gender = chance.choice(("M", "F"))
    names = MEN if gender == "M" else WOMEN
    first, second = chance.sample(names, 2)
    given = (first, second if _one_in(chance, _MIDDLE_NAME_IN) else "")
    lastname = chance.choice(SURNAMES)
    domain = chance.choice(("example.com", "example.org"))
    return _Person(
        external_id=_external_id(chance, place),
        gender=gender,
        given=given,
        lastname=lastname,
        # The place in the list keeps namesakes apart.
        email=f"{_plain(first)}.{_plain(lastname)}{place}@{domain}",
        phone=_phone(chance),
        # So does it here: the first six of the nine digits are drawn, the rest counted.
        identity_number=identity_number(
            f"{chance.randrange(100_000, 1_000_000)}{place % 1_000:03d}"
        ),
    )


def _billing(chance: Random, person: _Person, home: Place, at_home: DemoLocation) -> DemoBilling:
    elsewhere = _one_in(chance, _ANOTHER_INVOICE_PLACE_IN)
    office = chance.choice(PLACES) if elsewhere else home
    corporate = _one_in(chance, _CORPORATE_IN)
    company = f"{chance.choice(COMPANY_STEMS)} {chance.choice(COMPANY_TRADES)}"
    number = tax_number(f"{chance.randrange(10**9):09d}")
    return DemoBilling(
        external_id=f"{person.external_id[:8]}{chance.getrandbits(64):016x}",
        invoice_type="Corporate" if corporate else "Individual",
        company_name=company if corporate else "",
        tax_office=office.tax_office if corporate else "",
        tax_number=number if corporate else person.identity_number,
        fullname=person.fullname,
        phone=person.phone,
        email=person.email,
        location=_location(chance, office) if elsewhere else at_home,
    )


def _location(chance: Random, place: Place) -> DemoLocation:
    district = f"{chance.choice(place.districts)} Mah."
    street = f"{chance.choice(STREETS)} Sok."
    house, flat = chance.randrange(1, 120), chance.randrange(1, 25)
    return DemoLocation(
        city=place.city,
        county=place.county,
        district=district,
        street=street,
        zipcode=place.zipcode,
        address=f"{district} {street} No: {house} D: {flat}",
    )


def _external_id(chance: Random, place: int) -> str:
    """24 hexadecimal digits that grow with the place, as the published ones do."""
    return f"{_EXTERNAL_IDS_FROM + place * 3_607:08x}{chance.getrandbits(64):016x}"


def _phone(chance: Random) -> str:
    return f"+905{chance.choice('345')}{chance.randrange(10**8):08d}"


def _one_in(chance: Random, how_many: int) -> bool:
    return chance.randrange(how_many) == 0


_TO_ASCII: Final = str.maketrans("çğıöşüâ", "cgiosua")


def _plain(name: str) -> str:
    return name.replace("I", "ı").replace("İ", "i").lower().translate(_TO_ASCII)
