"""What the sandbox keeps of a charge and of a card; each field is a column of its table.

Invariant: there is no card number and no verification value in here. Times are milliseconds
since 1970, amounts minor units.
"""

from msgspec import Struct

from bezant.integrations.acquirers.sandbox.cards import Behaviour
from bezant.integrations.acquirers.sandbox.wire import NoticePlan, ReplyPlan
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language
from bezant.payments.acquirer import ChargeState
from bezant.payments.card import CardExpiry, CardFace


class FaceRecord(Struct, frozen=True, kw_only=True):
    """What may be shown of a card."""

    holder: str
    bin: str
    last_four: str
    expiry_year: int
    expiry_month: int
    association: str

    @property
    def face(self) -> CardFace:
        """The card's face, as the wire has it."""
        return CardFace(
            holder=self.holder,
            bin=self.bin,
            last_four=self.last_four,
            expiry=CardExpiry(self.expiry_year, self.expiry_month),
            association=self.association,
        )


class CardRecord(FaceRecord, frozen=True, kw_only=True):
    """A card that was kept for an owner. `number_hash` is keyed."""

    token: str
    owner: str
    number_hash: str
    behaviour: Behaviour
    is_enrolled: bool


class ChargeRecord(FaceRecord, frozen=True, kw_only=True):
    """A charge; a card kept without paying is a charge of nothing.

    `challenge` names the 3-D page, and is empty when there is none. `is_passed` says that
    3-D was passed and the bank has not answered. `owner` and `number_hash` are there when the
    card is to be kept; `token` once it is. `notice` is empty when no notice is to be sent.
    """

    reference: str
    is_keeping: bool
    state: ChargeState
    amount: int
    currency: Currency
    instalment: int
    behaviour: Behaviour
    is_enrolled: bool
    description: str
    language: Language
    return_url: str
    challenge: str
    expires_at: int
    wrong_codes: int
    is_passed: bool
    transaction_id: str
    order_reference: str
    auth_mode: str
    reason: str
    owner: str
    number_hash: str
    token: str
    created_at: int
    decided_at: int
    notice: NoticePlan | None
    notice_delay_ms: int | None
    lost_queries: int
    query_delay_ms: int
    refund_reply: ReplyPlan


class RefundRecord(Struct, frozen=True, kw_only=True):
    """A refund that was asked for, and its result."""

    reference: str
    charge: str
    amount: int
    currency: Currency
    is_done: bool
    transaction_id: str
    explanation: str


class NoticeRecord(Struct, frozen=True, kw_only=True):
    """A notice that is still to be sent."""

    notice_id: int
    reference: str
    due_at: int
    attempts: int
