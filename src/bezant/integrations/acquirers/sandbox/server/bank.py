"""What the sandbox does with charges and their 3-D. No HTTP in here.

Invariants: a reference makes one charge and at most one capture; a charge that was decided
stays as it is. Nothing in here waits, so no two requests are ever inside at once.
"""

import hmac
from dataclasses import dataclass
from typing import Final

import msgspec

from bezant.integrations.acquirers.sandbox import cards
from bezant.integrations.acquirers.sandbox.cards import Behaviour
from bezant.integrations.acquirers.sandbox.server.records import (
    ChargeRecord,
)
from bezant.integrations.acquirers.sandbox.server.settings import Keys, SandboxSettings
from bezant.integrations.acquirers.sandbox.server.state import State
from bezant.integrations.acquirers.sandbox.server.wallet import Presented, Wallet, card_to_keep
from bezant.integrations.acquirers.sandbox.server.words import say
from bezant.integrations.acquirers.sandbox.wire import (
    AuthMode,
    CardSent,
    ChargeSent,
    ChargeTold,
    KeepingSent,
    KeptTold,
    Movement,
    MovementKind,
    NoticePlan,
    Plan,
    ReplyPlan,
)
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import ChargeState

COMMISSION_BASIS_POINTS: Final = 159
INSTALMENT_BASIS_POINTS: Final = 95
"""What each instalment after the first adds to the commission."""
_MILLIS: Final = 1_000
_CODE_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Handled:
    """What was done with a request, and whether its answer arrives. No record: nothing."""

    record: ChargeRecord | None
    reply: ReplyPlan = ReplyPlan.NORMAL
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """How the customer's page asks for the notice; None leaves it as it is."""

    notice: NoticePlan | None = None
    delay_ms: int | None = None


class Bank:
    """The sandbox's rules on its state."""

    def __init__(self, settings: SandboxSettings, state: State) -> None:
        self._settings, self._state = settings, state
        self._wallet = Wallet(settings, state)
        self._page_key = Keys.of(settings).numbers

    def charge(self, sent: ChargeSent) -> Handled:
        """Makes a charge, or finds the one that this reference made."""
        known = self.find(sent.reference)
        if known is not None:
            return Handled(known)
        plan = self._state.take_plan(sent.reference)
        shown = self._wallet.presented(sent.card, owner=sent.keep_as or "")
        is_challenged = sent.is_3d and shown.record.is_enrolled
        reply = plan.reply
        if reply is ReplyPlan.NORMAL and not is_challenged:
            reply = _REPLIES.get(shown.behaviour, ReplyPlan.NORMAL)
        if reply is ReplyPlan.UNREACHED:
            return Handled(None, reply)
        record = self._new_record(sent, shown, plan)
        if is_challenged:
            record = self._challenged(record)
        else:
            mode = AuthMode.NOT_ENROLLED if sent.is_3d else AuthMode.DIRECT
            record = self._decided(msgspec.structs.replace(record, auth_mode=mode))
        with self._state.writing():
            self._state.add_charge(record)
            self._follow(record)
        return Handled(record, reply, is_new=True)

    def keep(self, sent: KeepingSent) -> Handled:
        """Keeps a card without paying: a charge of nothing, with 3-D if the card has it."""
        known = self.find(sent.reference)
        if known is not None:
            return Handled(known)
        card = self._wallet.in_hand(sent.card, owner=sent.owner)
        shown = Presented(card, card.behaviour)
        nothing = ChargeSent(
            reference=sent.reference,
            amount=0,
            currency=Currency.TRY,
            instalment=1,
            card=sent.card,
            is_3d=True,
            buyer=sent.buyer,
            return_url=sent.return_url,
            language=sent.language,
            description="",
            keep_as=sent.owner,
        )
        plan = self._state.take_plan(sent.reference)
        if plan.reply is ReplyPlan.UNREACHED:
            return Handled(None, plan.reply)
        record = self._new_record(nothing, shown, plan)
        record = msgspec.structs.replace(record, is_keeping=True)
        if shown.record.is_enrolled:
            record = self._challenged(record)
        else:
            record = self._decided(msgspec.structs.replace(record, auth_mode=AuthMode.NOT_ENROLLED))
        with self._state.writing():
            self._state.add_charge(record)
            self._follow(record)
        return Handled(record, plan.reply, is_new=True)

    def find(self, reference: str) -> ChargeRecord | None:
        """A charge as it is now."""
        found = self._state.charge(reference)
        return None if found is None else self._as_of_now(found)

    def challenge(self, name: str) -> ChargeRecord | None:
        """The charge of a 3-D page as it is now."""
        found = self._state.challenged(name)
        return None if found is None else self._as_of_now(found)

    def approve(self, record: ChargeRecord, *, code: str, wish: NoticeWish) -> ChargeRecord:
        """What a code at the 3-D page does: charges the card, asks again, or is once too often."""
        record = _with_wish(record, wish)
        if code.strip() == cards.RIGHT_CODE:
            return self._settle(self._after_three_d(record))
        record = msgspec.structs.replace(record, wrong_codes=record.wrong_codes + 1)
        if record.wrong_codes >= cards.CODES_ALLOWED:
            return self._settle(self._declined(record, cards.THREE_D_FAILED))
        return self._settle(record)

    def reject(self, record: ChargeRecord, *, wish: NoticeWish) -> ChargeRecord:
        """The customer says no at the 3-D page."""
        return self._settle(self._declined(_with_wish(record, wish), cards.THREE_D_FAILED))

    def is_query_lost(self, record: ChargeRecord) -> bool:
        """Whether the answer about a decided charge is to be lost; counts it when it is."""
        if record.state is ChargeState.UNDECIDED or record.lost_queries <= 0:
            return False
        self._state.spend_lost_query(record.reference)
        return True

    def told(self, record: ChargeRecord, *, is_new: bool = False) -> ChargeTold:
        """What the merchant is told of a charge."""
        is_captured = record.state is ChargeState.CAPTURED
        captured = Money(record.amount, record.currency) if is_captured else None
        refunded = None
        if is_captured:
            given_back = 0 if is_new else self._state.refunded(record.reference)
            refunded = Money(given_back, record.currency)
        is_undecided = record.state is ChargeState.UNDECIDED
        return ChargeTold(
            reference=record.reference,
            state=record.state,
            transaction_id=record.transaction_id,
            order_reference=record.order_reference,
            auth_mode=record.auth_mode,
            auth_code=self._auth_code(record.reference) if is_captured else "",
            reason=record.reason,
            explanation=say(record.language, f"reason.{record.reason}") if record.reason else "",
            captured=captured,
            refunded=refunded,
            kept=KeptTold(record.token, record.face) if record.token else None,
            challenge_url=self.challenge_url(record) if is_undecided else "",
        )

    def challenge_url(self, record: ChargeRecord) -> str:
        """Where the browser has to go."""
        return f"{self._settings.public_url}/3d/{record.challenge}"

    def now_ms(self) -> int:
        """The time in milliseconds since 1970."""
        return int(self._settings.clock.now().timestamp() * _MILLIS)

    def _new_record(self, sent: ChargeSent, shown: Presented, plan: Plan) -> ChargeRecord:
        card, settings, reference = shown.record, self._settings, sent.reference
        lost_queries = plan.lost_queries
        if shown.behaviour is Behaviour.REPLY_LOST and sent.is_3d and card.is_enrolled:
            lost_queries = max(lost_queries, 1)
        is_kept = sent.keep_as is not None and isinstance(sent.card, CardSent)
        return ChargeRecord(
            reference=reference,
            is_keeping=False,
            state=ChargeState.UNDECIDED,
            amount=sent.amount,
            currency=sent.currency,
            instalment=sent.instalment,
            behaviour=shown.behaviour,
            is_enrolled=card.is_enrolled,
            description=sent.description,
            language=sent.language,
            return_url=sent.return_url,
            challenge="",
            expires_at=0,
            wrong_codes=0,
            is_passed=False,
            transaction_id="T" + settings.drawn("transaction", reference)[:20].upper(),
            order_reference="S" + settings.drawn("order", reference)[:16].upper(),
            auth_mode="",
            reason="",
            owner=card.owner if is_kept else "",
            number_hash=card.number_hash if is_kept else "",
            token="",
            created_at=self.now_ms(),
            decided_at=0,
            notice=plan.notice,
            notice_delay_ms=plan.notice_delay_ms,
            lost_queries=lost_queries,
            query_delay_ms=plan.query_delay_ms,
            refund_reply=plan.refund_reply,
            holder=card.holder,
            bin=card.bin,
            last_four=card.last_four,
            expiry_year=card.expiry_year,
            expiry_month=card.expiry_month,
            association=card.association,
        )

    def _challenged(self, record: ChargeRecord) -> ChargeRecord:
        """The charge with a 3-D page. Only who has the keys can guess the page's name."""
        name = f"{self._settings.seed}:challenge:{record.reference}".encode()
        settings = self._settings
        return msgspec.structs.replace(
            record,
            challenge=hmac.digest(self._page_key, name, "sha256").hex()[:40],
            expires_at=record.created_at + settings.challenge_life_s * _MILLIS,
            auth_mode=AuthMode.THREE_D,
            notice=record.notice or settings.notice,
        )

    def _after_three_d(self, record: ChargeRecord) -> ChargeRecord:
        if record.behaviour is Behaviour.NEVER_REACHED and not record.is_keeping:
            return msgspec.structs.replace(record, is_passed=True)
        return self._decided(record)

    def _decided(self, record: ChargeRecord) -> ChargeRecord:
        # A card that is only kept is not charged, so its bank has nothing to decline.
        is_asked = not record.is_keeping or record.behaviour is Behaviour.UNKNOWN
        reason = record.behaviour.reason if is_asked else ""
        if reason:
            return self._declined(record, reason)
        token = self._wallet.token(record.owner, record.number_hash)
        return msgspec.structs.replace(
            record, state=ChargeState.CAPTURED, decided_at=self.now_ms(), token=token
        )

    def _declined(self, record: ChargeRecord, reason: str) -> ChargeRecord:
        return msgspec.structs.replace(
            record, state=ChargeState.DECLINED, reason=reason, decided_at=self.now_ms()
        )

    def _as_of_now(self, record: ChargeRecord) -> ChargeRecord:
        """The charge, declined if its 3-D page has been open for too long."""
        if record.state is not ChargeState.UNDECIDED or self.now_ms() < record.expires_at:
            return record
        reason = cards.BANK_AWAY if record.is_passed else cards.THREE_D_FAILED
        return self._settle(self._declined(record, reason))

    def _settle(self, record: ChargeRecord) -> ChargeRecord:
        """Writes a change of an undecided charge; the charge as it is afterwards."""
        with self._state.writing():
            if self._state.change_charge(record):
                self._follow(record)
                return record
        found = self._state.charge(record.reference)
        assert found is not None
        return found

    def _follow(self, record: ChargeRecord) -> None:
        """What a capture brings with it: the money, and the card that is to be kept."""
        if record.state is not ChargeState.CAPTURED:
            return
        if not record.is_keeping:
            self._state.add_movement(self._taken(record))
        if record.token:
            self._state.keep_card(card_to_keep(record))

    def _taken(self, record: ChargeRecord) -> Movement:
        rate = COMMISSION_BASIS_POINTS + INSTALMENT_BASIS_POINTS * (record.instalment - 1)
        amount = Money(record.amount, record.currency)
        return Movement(
            charge=record.reference,
            refund="",
            kind=MovementKind.CAPTURE,
            amount=record.amount,
            currency=record.currency,
            commission=amount.share(basis_points=rate).minor,
            at=record.decided_at,
        )

    def _auth_code(self, reference: str) -> str:
        return f"{int(self._settings.drawn('authorisation', reference), 16) % 10**_CODE_DIGITS:06d}"


_REPLIES: Final = {
    Behaviour.REPLY_LOST: ReplyPlan.LOST,
    Behaviour.NEVER_REACHED: ReplyPlan.UNREACHED,
}


def _with_wish(record: ChargeRecord, wish: NoticeWish) -> ChargeRecord:
    if wish.notice is None:
        return record
    delay_ms = record.notice_delay_ms if wish.delay_ms is None else wish.delay_ms
    return msgspec.structs.replace(record, notice=wish.notice, notice_delay_ms=delay_ms)
