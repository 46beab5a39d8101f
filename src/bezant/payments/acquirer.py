"""The door to whoever takes card payments: every adapter of an acquirer fits it.

What holds for an adapter:

- A charge carries our own `reference`, sent before anything is taken, so what became of it
  can always be asked. A reference names one charge for ever and is never sent twice.
- An adapter says `AcquirerAway` when it does not know what became of a request: no answer, a
  broken one, a timeout. It never tries a charge again by itself.
- `query` tells the truth at that moment and may be asked as often as one likes.
- `refund` with a reference that was used gives the first refund's result and pays nothing.
- A card's number and verification value go to the acquirer and nowhere else.
- No call takes longer than `CALL_TIMEOUT_S`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, Protocol, TypeAlias

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.money import Money
from bezant.kernel.texts import Language
from bezant.payments.card import CardFace, CardInHand, Secret
from bezant.payments.model import InstalmentRate

ChargeReference = NewType("ChargeReference", str)
"""Our name of one charge at the acquirer: 24 characters of [A-Z0-9]."""
RefundReference = NewType("RefundReference", str)
"""Our name of one refund at the acquirer: 24 characters of [A-Z0-9]."""

CALL_TIMEOUT_S: Final = 20


class AcquirerAway(BezantError):
    """The acquirer gave no answer that says what happened: it is to be asked again later."""

    kind = Kind.UNAVAILABLE
    text = "payment.acquirer_away"


class NoticeForged(BezantError):
    """A notice or a browser's return is not signed by the acquirer."""

    kind = Kind.FORBIDDEN
    text = "payment.notice_forged"


class CardKeepingUnavailable(BezantError):
    """The acquirer keeps no cards."""

    kind = Kind.CONFLICT
    text = "card.keeping_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCard:
    """A card that the acquirer keeps, by its own token for it, and the value on the back.

    `owner` names the customer as it did when the card was kept. `cvv` is None where the
    acquirer asks for none.
    """

    token: Secret
    owner: str
    face: CardFace
    cvv: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who pays, as far as the acquirer is told."""

    name: str
    email: str
    phone: str
    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One charge of one card. `amount` is all that is taken, the cost of paying included.

    `return_url` is where the browser comes back to after 3-D, whatever came of it.
    `keep_as` asks the acquirer to keep the card under this owner.
    """

    reference: ChargeReference
    amount: Money
    instalment: int
    card: CardInHand | KeptCard
    is_3d: bool
    buyer: Buyer
    return_url: str
    language: Language
    description: str
    keep_as: str | None = None


class ChargeState(StrEnum):
    """What became of a charge. Only `UNDECIDED` may still change into another."""

    CAPTURED = "captured"
    DECLINED = "declined"
    UNDECIDED = "undecided"
    """Under way: the customer is at the 3-D page, or the acquirer is not done."""
    UNHEARD = "unheard"
    """The acquirer does not know the reference (it may still be on its way)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the acquirer says of a charge at this moment.

    `reason` has three digits, as the wire's `code`, and is empty unless declined: 051 no
    funds, 054 expired card, 005 do not honour, 059 fraud, 082 wrong CVV, 091 bank away,
    050 3-D not passed, 096 anything else. `explanation` is the acquirer's own text.
    `captured` and `refunded` are None while nothing was captured.
    """

    reference: ChargeReference
    state: ChargeState
    transaction_id: str = ""
    order_reference: str = ""
    auth_mode: str = ""
    reason: str = ""
    explanation: str = ""
    captured: Money | None = None
    refunded: Money | None = None
    kept_card: "NewKeptCard | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Where the customer's browser has to go for 3-D.

    Without `fields` it is a plain link (GET), else a form to be posted there. It never
    holds a card's number: it is kept until the customer has gone there.
    """

    url: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeptCard:
    """A card just kept by the acquirer: its token for it, and what may be shown."""

    token: Secret
    face: CardFace


class RefundState(StrEnum):
    """What became of a refund."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsked:
    """Money to go back to a card, all of a charge or a part of it."""

    reference: RefundReference
    charge: ChargeReference
    amount: Money
    transaction_id: str
    order_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOutcome:
    """What the acquirer says of a refund."""

    state: RefundState
    transaction_id: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardKeeping:
    """A customer's wish to have a card kept, without paying."""

    reference: ChargeReference
    owner: str
    buyer: Buyer
    return_url: str
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A line of the acquirer's daily file: what it took or gave back by our reference."""

    reference: str
    is_refund: bool
    amount: Money
    commission: Money


Returned: TypeAlias = Mapping[str, str]
"""What a browser or a notice brought: form fields or query parameters by name."""


class Acquirer(Protocol):
    """Takes card payments for us."""

    @property
    def name(self) -> str:
        """What the acquirer is called in the books, in [a-z0-9]."""
        ...

    @property
    def keeps_paid_cards(self) -> bool:
        """Whether a card can be kept along with a charge that passes 3-D (`Charge.keep_as`)."""
        ...

    async def start(self, charge: Charge) -> Outcome | Challenge:
        """Begins a charge. Raises `AcquirerAway` when what became of it is not known."""
        ...

    async def confirm(self, reference: ChargeReference, returned: Returned) -> Outcome:
        """What became of a charge whose customer came back from 3-D; completes it if need be.

        Raises `NoticeForged` when what the browser brought is not the acquirer's, and
        `AcquirerAway`.
        """
        ...

    async def query(self, reference: ChargeReference) -> Outcome:
        """What has become of a charge. Raises `AcquirerAway`."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> ChargeReference:
        """Which charge a notice of the acquirer's is about; no more of it is believed.

        Header names are in lower case. Raises `NoticeForged`.
        """
        ...

    async def refund(self, asked: RefundAsked) -> RefundOutcome:
        """Gives money back. Raises `AcquirerAway`."""
        ...

    async def instalments(self, digits: str, amount: Money) -> Sequence[InstalmentRate]:
        """What the acquirer itself asks for paying with such a card, by its first digits.

        Empty when it has no say in it. Raises `AcquirerAway`.
        """
        ...

    async def keep_card(self, card: CardInHand, keeping: CardKeeping) -> NewKeptCard | Challenge:
        """Has a card kept. Raises `CardKeepingUnavailable`, `AcquirerAway`."""
        ...

    async def kept_card(self, reference: ChargeReference, returned: Returned) -> NewKeptCard | None:
        """The card that was kept once the customer is back; None when it was not.

        Raises `NoticeForged`, `AcquirerAway`.
        """
        ...

    async def forget_card(self, token: Secret, owner: str) -> None:
        """Has a kept card forgotten; one that is not there is forgotten. Raises `AcquirerAway`."""
        ...

    async def close(self) -> None:
        """Ends its connections."""
        ...
