"""Levels, their limits, and whether an order stays within them; no I/O."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import CustomerId
from bezant.kernel.metal import MICROGRAMS_PER_GRAM, Metal, Weight
from bezant.kernel.money import MINOR_UNITS_PLACES, Currency, Money, exact_decimal
from bezant.kernel.texts import Text

MAX_LEVEL: Final = 3
MAX_AT_ONCE: Final = 500
"""For how many customers it may be said in one call."""
_GRAM_PLACES: Final = len(str(MICROGRAMS_PER_GRAM)) - 1


class KycStatus(StrEnum):
    """How far it has come. Only what is approved allows anything."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Risk(StrEnum):
    """What the partner thinks of doing business with the customer."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class LimitKind(StrEnum):
    """What is limited: grams of a metal, or cash of a currency."""

    GRAMS_HELD = "grams_held"
    TURNOVER_DAY = "turnover_day"
    TURNOVER_30_DAYS = "turnover_30_days"
    ORDER_VALUE = "order_value"

    @property
    def is_of_metal(self) -> bool:
        """Whether its unit is a metal and its amount in micrograms."""
        return self is LimitKind.GRAMS_HELD

    @property
    def places(self) -> int:
        """Decimals of the smallest unit."""
        return _GRAM_PLACES if self.is_of_metal else MINOR_UNITS_PLACES


class KycDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer was known by; an empty text means not said."""

    type: str
    number_last4: str = ""
    country: str = ""
    expires_on: date | None = None


class Kyc(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner found out about a customer."""

    level: int = 0
    status: KycStatus = KycStatus.PENDING
    verified_at: datetime | None = None
    method: str = ""
    document: KycDocument | None = None
    risk: Risk = Risk.LOW
    pep: bool = False
    updated_at: datetime | None = None

    def level_on(self, day: date) -> int:
        """The level that counts on a day."""
        if self.status is not KycStatus.APPROVED:
            return 0
        expires_on = self.document.expires_on if self.document else None
        return 0 if expires_on is not None and expires_on < day else self.level


NOTHING_KNOWN: Final = Kyc()
"""Of whom the partner has said nothing."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The most of something that a level allows: micrograms or minor units. None is no limit."""

    level: int
    kind: LimitKind
    unit: str
    amount: int | None

    def __post_init__(self) -> None:
        # Raises ValueError for what is no metal, or no currency.
        _ = Metal(self.unit) if self.kind.is_of_metal else Currency(self.unit)

    @property
    def name(self) -> Text:
        """What people call it."""
        return Text(f"kyc.limit.{self.kind}")

    def told(self, amount: int) -> str:
        """An amount of its unit for people."""
        unit = "g" if self.kind.is_of_metal else self.unit
        return f"{exact_decimal(amount, places=self.kind.places):f} {unit}"


class DatedLimit(msgspec.Struct, frozen=True):
    """A limit as a setting: in force from a day on, until another takes its place."""

    limit: Limit
    valid_from: date


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All that an order's limits are decided on, read at one moment.

    `person` are the customers who are the same person, the first of them first; `today` and
    `month` what they have turned over, on the day and in the thirty days that end with it.
    `version` is that of what was counted for them.
    """

    kyc: Kyc
    person: Sequence[CustomerId]
    version: int
    today: Money
    month: Money
    limits: Sequence[Limit]


class Intent(msgspec.Struct, frozen=True):
    """What is about to be done: an order's cash value, and what is held of metals after it.

    `held` is of the whole person, and of those metals alone of which there will be more.
    """

    value: Money
    held: Sequence[Weight]


class KycLimitExceeded(BezantError):
    """The customer would go beyond a limit of the level."""

    kind = Kind.FORBIDDEN
    text = "kyc.limit_exceeded"

    def __init__(self, limit: Limit, *, wanted: int) -> None:
        assert limit.amount is not None, "what has no limit is not exceeded"
        super().__init__(
            limit=limit.name,
            level=limit.level,
            most=limit.told(limit.amount),
            wanted=limit.told(wanted),
        )
        self.limit, self.wanted = limit, wanted


def limits_of(standing: Standing, day: date) -> list[Limit]:
    """The limits of the level that counts on a day, those that limit nothing left out."""
    level = standing.kyc.level_on(day)
    return [each for each in standing.limits if each.level == level and each.amount is not None]


def require_within(standing: Standing, intent: Intent, *, day: date) -> None:
    """Raises `KycLimitExceeded` for the first limit that the order would go beyond.

    A limit that is reached to the last kuruş is kept. A limit in another currency than the
    order's, or for another metal, says nothing of it.
    """
    for limit in limits_of(standing, day):
        wanted = _wanted(limit, standing, intent)
        if wanted is not None and limit.amount is not None and wanted > limit.amount:
            raise KycLimitExceeded(limit, wanted=wanted)


def leeway(standing: Standing, held: Weight, *, day: date) -> tuple[Money | None, Weight | None]:
    """How much cash an order may be for, and how much of a metal may come to what is held.

    None is no limit. What is beyond a limit already leaves nothing.
    """
    currency = standing.today.currency
    cash, metal = [], []
    for limit in limits_of(standing, day):
        most = limit.amount or 0
        if limit.kind.is_of_metal and limit.unit == held.metal:
            metal.append(most - held.micrograms)
        elif limit.unit == currency:
            cash.append(most - _turned_over(limit, standing))
    return (
        Money(max(min(cash), 0), currency) if cash else None,
        Weight(max(min(metal), 0), held.metal) if metal else None,
    )


def _wanted(limit: Limit, standing: Standing, intent: Intent) -> int | None:
    if limit.kind is LimitKind.GRAMS_HELD:
        weights = (each.micrograms for each in intent.held if each.metal == limit.unit)
        return next(weights, None)
    if intent.value.currency != limit.unit:
        return None
    return _turned_over(limit, standing) + intent.value.minor


def _turned_over(limit: Limit, standing: Standing) -> int:
    """What counts against a limit of cash already."""
    if limit.kind is LimitKind.ORDER_VALUE:
        return 0
    return (standing.today if limit.kind is LimitKind.TURNOVER_DAY else standing.month).minor
