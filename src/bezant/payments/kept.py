"""Cards that are kept for a customer, and the page on which one is given to be kept.

Invariants: of a card only its face and the acquirer's token of it are kept, the token sealed;
a customer has at most `MAX_CARDS`, one of them the default one, and each only once.

A page under `/pay/cards/{token}` shows a `KeepingView`. By its step the customer

- gives a card (`CardAwaited`), which the page hands to `keepings.keep`;
- waits, because a card was given and the acquirer has not answered (`KeepingUnderWay`);
- goes to the bank (`Challenge`), and comes back to `/pay/cards/{token}/return`, from where
  the page hands what the browser brought to `keepings.came_back`;
- is done (`Kept`: `…/callback/success`), or is not and cannot try again (`KeepingFailed`,
  `KeepingLapsed`: `…/callback/fail`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from bezant.kernel.clock import Clock
from bezant.kernel.db import Database
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Acquirer, Challenge, NewKeptCard
from bezant.payments.card import BIN_DIGITS, SHORTEST_NUMBER, CardFace
from bezant.payments.model import CardBank, CardType
from bezant.payments.vault import CardVault, SealedToken

CardId = NewType("CardId", int)
CardToken = NewType("CardToken", str)
"""What a partner calls a kept card: 32 characters of [A-Za-z0-9]."""
KeepingToken = NewType("KeepingToken", str)
"""The token of a visit to the page where a card is given: 128 characters of [A-Za-z0-9]."""

MAX_CARDS: Final = 20
"""How many cards a customer may have kept."""
MAX_TRIES: Final = 5
"""How many cards may be tried on one visit."""
MAX_HOLDER: Final = 100
ANY_REASON: Final = "096"
VISIT_LIFE: Final = timedelta(minutes=30)
"""How long a card may be given after a partner has asked for the page."""
BANK_LIFE: Final = timedelta(minutes=15)
"""How long a customer may be at the bank's page; a later return still counts if heard of."""
_OWNER_DIGITS: Final = 32


class NoSuchCard(BezantError):
    """The customer has no kept card with this token."""

    kind = Kind.NOT_FOUND
    text = "card.not_found"


class NoSuchKeeping(BezantError):
    """No visit to give a card has this token."""

    kind = Kind.NOT_FOUND
    text = "card.keeping_not_found"


class TooManyCards(BezantError):
    """The customer has as many kept cards as there may be."""

    kind = Kind.CONFLICT
    text = "card.too_many"


class KeepingClosed(BezantError):
    """The visit is over, or another card is being kept on it: no card can be given."""

    kind = Kind.CONFLICT
    text = "card.keeping_closed"


class CardOfAnotherAcquirer(BezantError):
    """The card is kept by an acquirer that charges do not go to any more."""

    kind = Kind.CONFLICT
    text = "card.of_another_acquirer"


@dataclass(frozen=True, slots=True)
class CardOwner:
    """Whose cards."""

    partner_id: PartnerId
    customer_id: CustomerId

    @property
    def name(self) -> str:
        """What an acquirer is told instead of the customer: always the same, and opaque."""
        text = f"bezant card owner {self.partner_id} {self.customer_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:_OWNER_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCard:
    """A kept card of a customer. `bank_name` is empty and `card_type` None where unknown."""

    card_id: CardId
    owner: CardOwner
    token: CardToken
    acquirer: str
    sealed: SealedToken
    face: CardFace
    bank_name: str
    card_type: CardType | None
    is_default: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardToRemember:
    """A card that an acquirer has just kept for a customer."""

    owner: CardOwner
    acquirer: str
    kept: NewKeptCard
    is_default: bool


class NotRemembered(StrEnum):
    """Why a card that an acquirer has kept is not kept here: it is forgotten there again."""

    CUSTOMER_GONE = "customer gone"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForgetting:
    """A card that an acquirer is to forget."""

    forgetting_id: int
    acquirer: str
    sealed: SealedToken
    owner: str
    tries: int


class KeepingState(StrEnum):
    """How far a visit is. One that has lapsed may still end well: the customer may be late."""

    NEW = "new"
    CHALLENGED = "challenged"
    KEPT = "kept"
    FAILED = "failed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """A visit to give a card. `busy_until` is set while an acquirer is asked."""

    owner: CardOwner
    token: KeepingToken
    reference: str | None
    acquirer: str
    state: KeepingState
    busy_until: datetime | None
    tries: int
    challenge: Challenge | None
    is_default: bool
    language: Language
    reason: str
    explanation: str
    lapses_at: datetime


@dataclass(frozen=True, slots=True)
class KeepingFailed:
    """A card was not kept: three digits as of a charge, and words to show if there are any."""

    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class CardAwaited:
    """The customer is to give a card. `refused` is why the last one was not kept, if any."""

    refused: KeepingFailed | None = None


@dataclass(frozen=True, slots=True)
class KeepingUnderWay:
    """A card was given and the acquirer has not answered; ask again in a moment."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The card is kept."""


@dataclass(frozen=True, slots=True)
class KeepingLapsed:
    """The visit took too long, or the customer has been removed."""


KeepingStep = CardAwaited | KeepingUnderWay | Challenge | Kept | KeepingFailed | KeepingLapsed
"""What comes next for the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingView:
    """A visit as its page shows it. `until` is when a card can be given no more."""

    token: KeepingToken
    language: Language
    seller: str
    until: datetime
    step: KeepingStep


@dataclass(frozen=True, slots=True)
class CardDesk:
    """What keeping and forgetting cards needs."""

    db: Database
    clock: Clock
    acquirer: Acquirer
    vault: CardVault
    base_url: str


def shown_face(face: CardFace) -> CardFace:
    """What is kept of a card's face: a name with that many digits in it may be a number."""
    digits = sum(letter.isdigit() for letter in face.holder)
    holder = "" if digits >= SHORTEST_NUMBER else face.holder[:MAX_HOLDER]
    return CardFace(
        holder=holder,
        bin=face.bin,
        last_four=face.last_four,
        expiry=face.expiry,
        association=face.association,
    )


def is_same_card(one: CardFace, other: CardFace) -> bool:
    """Whether two faces are one card's; a face without digits is nobody's."""
    return bool(one.last_four) and _likeness(one) == _likeness(other)


def with_bank(face: CardFace, bank: CardBank | None) -> CardFace:
    """A face whose scheme is what its bank's table says, where the digits did not tell."""
    if face.association or bank is None:
        return face
    return CardFace(
        holder=face.holder,
        bin=face.bin,
        last_four=face.last_four,
        expiry=face.expiry,
        association=bank.association,
    )


def step_of(keeping: Keeping, now: datetime) -> KeepingStep:
    """What comes next on a visit."""
    failed = KeepingFailed(keeping.reason, keeping.explanation)
    match keeping.state:
        case KeepingState.KEPT:
            return Kept()
        case KeepingState.FAILED:
            return failed
        case KeepingState.CHALLENGED if keeping.challenge is not None:
            return keeping.challenge if now < keeping.lapses_at else KeepingLapsed()
        case KeepingState.NEW if is_busy(keeping, now):
            return KeepingUnderWay()
        case KeepingState.NEW if takes_card(keeping, now):
            return CardAwaited(failed if keeping.reason else None)
        case KeepingState.NEW if now < keeping.lapses_at:
            # The last try has died with its process, so nobody wrote down what came of it.
            return KeepingFailed(ANY_REASON, "")
        case _:
            return KeepingLapsed()


def takes_card(keeping: Keeping, now: datetime) -> bool:
    """Whether a card can be given on a visit."""
    is_open = keeping.state is KeepingState.NEW and now < keeping.lapses_at
    return is_open and not is_busy(keeping, now) and keeping.tries < MAX_TRIES


def is_busy(keeping: Keeping, now: datetime) -> bool:
    """Whether an acquirer is being asked to keep a card."""
    return keeping.busy_until is not None and now < keeping.busy_until


def _likeness(face: CardFace) -> tuple[object, ...]:
    holder = " ".join(face.holder.casefold().split())
    return (face.bin[:BIN_DIGITS], face.last_four, face.expiry, holder)
