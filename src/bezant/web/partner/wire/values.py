"""How values are written: exact numbers, and the several forms of a time.

The forms differ by endpoint because the contract's do; each has a name here.
"""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

from bezant.kernel.errors import Invalid
from bezant.kernel.metal import MICROGRAMS_PER_GRAM, PricePerGram, Weight
from bezant.kernel.money import Money, exact_decimal

MAX_ID: Final = 2**63 - 1

CustomerRef = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=110,
        description="The partner's own id of the customer.",
        examples=["6551eeaf4455bb5959555302"],
    ),
]
Sku = Annotated[
    str, Meta(min_length=1, max_length=21, description="A product's sku.", examples=["MNT0001"])
]
CartTokenText = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9]{32}$",
        description="The basket's `token`.",
        examples=["oABVm4sOlCrpCpFkQdh1NkJrk1oofOAp"],
    ),
]
CardBin = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=6,
        pattern="^[0-9]{6}$",
        description="The first six digits of the card that would pay.",
        examples=["454360"],
    ),
]
Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="Which page, from 1.")]

MoneyNumber = Annotated[
    Decimal, Meta(description="An amount with at most two decimals.", examples=[2914.73])
]
GramNumber = Annotated[Decimal, Meta(description="Grams.", examples=[1.01])]
SpotNumber = Annotated[
    Decimal, Meta(description="The price of a gram, at most four decimals.", examples=[2691.7])
]
RateNumber = Annotated[Decimal, Meta(description="A rate in percent.", examples=[20])]

MONEY_PLACES: Final = 2
PRICE_PLACES: Final = 4
WEIGHT_PLACES: Final = len(str(MICROGRAMS_PER_GRAM)) - 1


def money(amount: Money) -> Decimal:
    """An amount of money as it is written."""
    return exact_decimal(amount.minor, places=MONEY_PLACES)


def minor(units: int) -> Decimal:
    """An amount in minor units as it is written."""
    return exact_decimal(units, places=MONEY_PLACES)


def grams(weight: Weight) -> Decimal:
    """A weight as it is written."""
    return exact_decimal(weight.micrograms, places=WEIGHT_PLACES)


def spot(price: PricePerGram) -> Decimal:
    """The price of a gram as it is written."""
    return exact_decimal(price.units, places=PRICE_PLACES)


def percent(basis_points: int) -> Decimal:
    """A rate as it is written: 2000 basis points are 20."""
    return exact_decimal(basis_points, places=2)


def utc_micros(at: datetime) -> str:
    """`2024-08-05T12:47:15.000000Z`: the `order_at` of baskets and e-commerce orders."""
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds')[:_WITHOUT_OFFSET]}Z"


_WITHOUT_OFFSET: Final = len("2024-08-05T12:47:15.000000")


def iso_local(at: datetime, zone: tzinfo) -> str:
    """`2024-08-05T15:47:15+03:00`: the times of a price hold."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def local_seconds(at: datetime, zone: tzinfo) -> str:
    """`2024-08-05 15:47:15`: when a customer was entered and changed."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def read_day(text: str, field: str) -> date:
    """A day as `YYYY-MM-DD` or `DD-MM-YYYY`; the contract publishes both. Raises `Invalid`."""
    for form in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone.
        except ValueError:
            continue
    raise Invalid.field(field, "field.date")
