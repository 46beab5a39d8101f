"""Money that goes back to a card.

Invariants: a refund's reference makes one refund; more than was captured never goes back.
"""

from bezant.integrations.acquirers.sandbox.server.bank import Bank
from bezant.integrations.acquirers.sandbox.server.records import ChargeRecord, RefundRecord
from bezant.integrations.acquirers.sandbox.server.settings import SandboxSettings
from bezant.integrations.acquirers.sandbox.server.state import State
from bezant.integrations.acquirers.sandbox.server.words import say
from bezant.integrations.acquirers.sandbox.wire import (
    Movement,
    MovementKind,
    RefundSent,
    RefundTold,
    ReplyPlan,
)
from bezant.kernel.texts import Language
from bezant.payments.acquirer import ChargeState, RefundState


class Refunds:
    """The sandbox's rules of refunds."""

    def __init__(self, settings: SandboxSettings, state: State, bank: Bank) -> None:
        self._settings, self._state, self._bank = settings, state, bank

    def refund(self, sent: RefundSent) -> tuple[RefundTold, ReplyPlan]:
        """Gives money back, or finds what this reference did; and whether the answer arrives."""
        known = self._state.refund(sent.reference)
        if known is not None:
            return _refund_told(known), ReplyPlan.NORMAL
        charge = self._bank.find(sent.charge)
        reply = ReplyPlan.NORMAL if charge is None else charge.refund_reply
        if reply is not ReplyPlan.NORMAL:
            self._state.spend_refund_reply(sent.charge)
        record = self._refund_record(sent, charge)
        if reply is not ReplyPlan.UNREACHED:
            with self._state.writing():
                self._state.add_refund(record)
                if record.is_done:
                    self._state.add_movement(self._given_back(record))
        return _refund_told(record), reply

    def _given_back(self, record: RefundRecord) -> Movement:
        # The commission is not given back.
        return Movement(
            charge=record.charge,
            refund=record.reference,
            kind=MovementKind.REFUND,
            amount=record.amount,
            currency=record.currency,
            commission=0,
            at=self._bank.now_ms(),
        )

    def _refund_record(self, sent: RefundSent, charge: ChargeRecord | None) -> RefundRecord:
        refusal = self._refusal(sent, charge)
        language = Language.EN if charge is None else charge.language
        return RefundRecord(
            reference=sent.reference,
            charge=sent.charge,
            amount=sent.amount,
            currency=sent.currency,
            is_done=not refusal,
            transaction_id="R" + self._settings.drawn("refund", sent.reference)[:20].upper(),
            explanation=say(language, refusal) if refusal else "",
        )

    def _refusal(self, sent: RefundSent, charge: ChargeRecord | None) -> str:
        """Why money does not go back; empty when it does."""
        if charge is None or charge.state is not ChargeState.CAPTURED:
            return "refund.not_captured"
        if charge.currency is not sent.currency:
            return "refund.other_currency"
        if self._state.refunded(charge.reference) + sent.amount > charge.amount:
            return "refund.too_much"
        return ""


def _refund_told(record: RefundRecord) -> RefundTold:
    return RefundTold(
        reference=record.reference,
        state=RefundState.DONE if record.is_done else RefundState.REFUSED,
        transaction_id=record.transaction_id if record.is_done else "",
        explanation=record.explanation,
    )
