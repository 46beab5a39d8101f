"""What Sipay's answers mean for a charge. Whatever is not certain is `AcquirerAway`."""

from typing import Final

from bezant.integrations.acquirers.sipay.answers import Answer, Code
from bezant.integrations.acquirers.sipay.reasons import reason_of
from bezant.kernel.money import Currency, Money
from bezant.payments.acquirer import AcquirerAway, ChargeReference, ChargeState, Outcome

_UNHEARD: Final = frozenset({Code.NO_SUCH_TRANSACTION, Code.NO_SUCH_INVOICE})
_UNFINISHED: Final = frozenset({"pending", "in progress", "awaiting"})
_FAILED: Final = frozenset({"failed", "fail", "cancelled", "canceled", "rejected", "declined"})
# An answer to a charge with one of these does not say that nothing was taken: an earlier
# request with the reference arrived, or Sipay does not know itself.
_UNCERTAIN: Final = frozenset(
    {Code.STILL_RUNNING, Code.NO_SUCH_TOKEN, Code.UNKNOWN_ERROR, Code.ALREADY_PROCESSED}
)
_HELD: Final = "pre-auth"
_NOT_TAKEN: Final = "0"


def standing(reference: ChargeReference, answer: Answer, *, currency: Currency) -> Outcome:
    """What the answer to a question about a charge says. Raises `AcquirerAway`."""
    refunded = answer.minor("total_refunded_amount") or 0
    word = answer.text("transaction_status").strip().lower()
    if refunded > 0:
        return _captured(reference, answer, refunded=refunded, currency=currency)
    if answer.code == Code.NOT_PROCESSED_YET or word in _UNFINISHED:
        return Outcome(reference=reference, state=ChargeState.UNDECIDED)
    if answer.code in _UNHEARD:
        return Outcome(reference=reference, state=ChargeState.UNHEARD)
    if answer.code == Code.FAILED or (answer.code == Code.DONE and word in _FAILED):
        return declined(reference, answer)
    if answer.code == Code.DONE:
        return _captured(reference, answer, refunded=0, currency=currency)
    raise AcquirerAway


def replied(reference: ChargeReference, answer: Answer, *, amount: Money) -> Outcome:
    """What the answer to a charge without 3-D says. Raises `AcquirerAway`."""
    if answer.code == Code.DONE and answer.text("payment_status", "sipay_status") != _NOT_TAKEN:
        taken = answer.minor("amount")
        captured = amount if taken is None else Money(taken, amount.currency)
        return _taken(reference, answer, captured=captured, refunded=Money.zero(amount.currency))
    return refused(reference, answer)


def refused(reference: ChargeReference, answer: Answer) -> Outcome:
    """What an answer says that does not tell of success. Raises `AcquirerAway`."""
    if answer.code == Code.NOT_PROCESSED_YET:
        return Outcome(reference=reference, state=ChargeState.UNDECIDED)
    if answer.code in _UNCERTAIN:
        raise AcquirerAway
    return declined(reference, answer)


def declined(reference: ChargeReference, answer: Answer) -> Outcome:
    """A charge that took nothing, and why."""
    return Outcome(
        reference=reference,
        state=ChargeState.DECLINED,
        transaction_id=answer.text("order_no", "order_id"),
        order_reference=reference,
        reason=reason_of(answer),
        explanation=answer.explanation,
    )


def _captured(
    reference: ChargeReference, answer: Answer, *, refunded: int, currency: Currency
) -> Outcome:
    # The two are alike unless Sipay counts its commission to one, or leaves one at nought.
    amounts = [answer.minor(name) for name in ("transaction_amount", "product_price")]
    captured = max((amount for amount in amounts if amount is not None), default=0)
    if captured <= 0 or refunded > captured:
        raise AcquirerAway
    return _taken(
        reference,
        answer,
        captured=Money(captured, currency),
        refunded=Money(refunded, currency),
    )


def _taken(
    reference: ChargeReference, answer: Answer, *, captured: Money, refunded: Money
) -> Outcome:
    kind = answer.text("transaction_type")
    if kind.lower().startswith(_HELD):
        # Blocked on the card and not taken: the shop's account is not set up as it must be.
        return Outcome(reference=reference, state=ChargeState.UNDECIDED)
    return Outcome(
        reference=reference,
        state=ChargeState.CAPTURED,
        transaction_id=answer.text("order_no", "order_id"),
        order_reference=reference,
        auth_mode=kind,
        captured=captured,
        refunded=refunded,
    )
