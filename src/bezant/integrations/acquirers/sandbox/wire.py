"""What goes between the sandbox and its callers, as JSON.

Invariant: a shape that holds a card's number, its verification value or a token shows
nothing of itself in a `repr`.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import ChargeState, RefundState
from bezant.payments.card import CardExpiry, CardFace

LONGEST_TEXT: Final = 1_000
LONGEST_URL: Final = 2_000
MOST_INSTALMENTS: Final = 36

Reference = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
ShortText = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Minor = Annotated[int, Meta(ge=1, le=10**13)]
Millis = Annotated[int, Meta(ge=0, le=86_400_000)]


class AuthMode(StrEnum):
    """How a charge was let through."""

    THREE_D = "3d"
    NOT_ENROLLED = "3d-not-enrolled"
    """3-D was asked for, and the card has none."""
    DIRECT = "direct"


class CardSent(Struct, tag="card", frozen=True, kw_only=True):
    """A card in hand."""

    number: Annotated[str, Meta(pattern="^[0-9]{12,19}$")]
    cvv: Annotated[str, Meta(pattern="^[0-9]{3,4}$")]
    holder: ShortText
    expiry: CardExpiry

    def __repr__(self) -> str:
        return "CardSent(***)"


class KeptSent(Struct, tag="kept", frozen=True, kw_only=True):
    """A kept card. Without `cvv` it is not asked for."""

    token: str
    owner: ShortText
    cvv: str | None = None

    def __repr__(self) -> str:
        return "KeptSent(***)"


class BuyerSent(Struct, frozen=True, kw_only=True):
    """Who pays."""

    name: ShortText
    email: ShortText
    phone: ShortText
    ip: ShortText


class ChargeSent(Struct, frozen=True, kw_only=True):
    """A charge to be made. `amount` is in minor units."""

    reference: Reference
    amount: Minor
    currency: Currency
    instalment: Annotated[int, Meta(ge=1, le=MOST_INSTALMENTS)]
    card: CardSent | KeptSent
    is_3d: bool
    buyer: BuyerSent
    return_url: Annotated[str, Meta(max_length=LONGEST_URL)]
    language: Language
    description: ShortText
    keep_as: ShortText | None = None


class KeepingSent(Struct, frozen=True, kw_only=True):
    """A card to be kept without paying."""

    reference: Reference
    owner: ShortText
    card: CardSent
    buyer: BuyerSent
    return_url: Annotated[str, Meta(max_length=LONGEST_URL)]
    language: Language


class KeptTold(Struct, frozen=True):
    """A card that is kept."""

    token: str
    face: CardFace

    def __repr__(self) -> str:
        return "KeptTold(***)"


class ChargeTold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has become of a charge. With `challenge_url` the browser has to go there."""

    reference: str
    state: ChargeState
    transaction_id: str = ""
    order_reference: str = ""
    auth_mode: str = ""
    auth_code: str = ""
    reason: str = ""
    explanation: str = ""
    captured: Money | None = None
    refunded: Money | None = None
    kept: KeptTold | None = None
    challenge_url: str = ""


class RefundSent(Struct, frozen=True, kw_only=True):
    """Money to go back to the card of a charge. `amount` is in minor units."""

    reference: Reference
    charge: Reference
    amount: Minor
    currency: Currency


class RefundTold(Struct, frozen=True, kw_only=True):
    """What has become of a refund."""

    reference: str
    state: RefundState
    transaction_id: str = ""
    explanation: str = ""


class InstalmentTold(Struct, frozen=True, array_like=True):
    """What paying in so many instalments costs."""

    instalment: int
    real_instalment: int
    basis_points: int


class NoticeSent(Struct, frozen=True, kw_only=True):
    """The notice that something became of a charge. `sent_at` is in milliseconds since 1970."""

    reference: str
    state: ChargeState
    sent_at: int


class NoticePlan(StrEnum):
    """When a notice is sent, against the browser's return."""

    BEFORE = "before"
    AFTER = "after"
    TOGETHER = "together"
    TWICE = "twice"
    LATE = "late"
    NEVER = "never"


class ReplyPlan(StrEnum):
    """What becomes of an answer."""

    NORMAL = "normal"
    LOST = "lost"
    """Everything is done, and the connection is dropped before the answer."""
    UNREACHED = "unreached"
    """Nothing is done, and the connection is dropped."""


class Plan(Struct, frozen=True, kw_only=True):
    """What the sandbox is to do with one charge; what is not said is as its settings say.

    `notice` is also followed by a charge without 3-D, which has no notice otherwise.
    `notice_delay_ms` is how long one that comes after waits. `lost_queries` is how often the
    answer is lost once the charge is decided, `query_delay_ms` how long each one takes.
    `refund_reply` is for the first refund.
    """

    notice: NoticePlan | None = None
    notice_delay_ms: Millis | None = None
    reply: ReplyPlan = ReplyPlan.NORMAL
    lost_queries: int = 0
    query_delay_ms: Millis = 0
    refund_reply: ReplyPlan = ReplyPlan.NORMAL


class PlanSent(Struct, frozen=True, kw_only=True):
    """A plan for the charge of this reference; without one, for the next charge."""

    plan: Plan
    reference: Reference | None = None


class MovementKind(StrEnum):
    """Which way money went."""

    CAPTURE = "capture"
    REFUND = "refund"


class Movement(Struct, frozen=True, kw_only=True):
    """Money that the sandbox took or gave back. It is written once and never changed."""

    charge: str
    refund: str
    kind: MovementKind
    amount: int
    currency: Currency
    commission: int
    at: int


class Takings(Struct, frozen=True):
    """All that was ever taken and given back in one currency, in minor units."""

    currency: Currency
    captures: int
    captured: int
    refunded: int


class NoticesTold(Struct, frozen=True):
    """How many notices of a charge arrived, and how many are still to be sent."""

    delivered: int
    pending: int


class Refused(Struct, frozen=True):
    """Why a request was not understood."""

    error: str


encode: Final = msgspec.json.Encoder().encode
"""JSON of any of these."""
