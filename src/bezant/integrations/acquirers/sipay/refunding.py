"""Gives money back through Sipay, once for each reference of ours.

A refund whose answer is lost may have been paid. Three things keep a second try from paying
again:

1. Every refund carries our reference as `refund_transaction_id`, which Sipay takes once: the
   second time it says 104 and pays nothing.
2. What has gone back so far is asked before anything is sent. Where what is asked for no
   longer fits into what was captured, nothing is sent: our books never ask for more than was
   taken, so what is missing went back already, by the first try or by hand in Sipay's panel.
3. When no answer comes, what has gone back is asked once more. If it grew by exactly this
   refund, this refund it was; if not, it may still be on its way, and `AcquirerAway` says so.

The caller lets no two refunds of one charge run at the same time.
"""

import re
from typing import Final

from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.answers import Answer, Code
from bezant.integrations.acquirers.sipay.client import SipayClient
from bezant.integrations.acquirers.sipay.forms import refund_body, status_body
from bezant.integrations.acquirers.sipay.outcomes import standing
from bezant.kernel.money import Money
from bezant.payments.acquirer import (
    AcquirerAway,
    ChargeReference,
    ChargeState,
    Outcome,
    RefundAsked,
    RefundOutcome,
    RefundState,
)

_ACCEPTED: Final = frozenset({Code.DONE, Code.REFUND_REQUESTED})
_UNCERTAIN: Final = frozenset({Code.STILL_RUNNING, Code.UNKNOWN_ERROR, Code.NOT_PROCESSED_YET})
# Sipay lets half a minute pass between two refunds of a charge, and tells it in words only.
_TOO_SOON: Final = re.compile(r"\b(?:second|saniye)", re.IGNORECASE)


class Refunding:
    """Refunds of one shop. `step_limit_s` is for each of the three requests that one takes."""

    def __init__(self, client: SipayClient, access: SipayAccess, *, step_limit_s: float) -> None:
        self._client = client
        self._access = access
        self._step_limit_s = step_limit_s

    async def refund(self, asked: RefundAsked) -> RefundOutcome:
        """Gives money back, or says what became of it the first time. Raises `AcquirerAway`."""
        before = await self._standing(asked.charge)
        if before.state is ChargeState.DECLINED:
            return RefundOutcome(state=RefundState.REFUSED, explanation=before.explanation)
        captured, refunded = _amounts(before)
        if captured < refunded + asked.amount:
            state = RefundState.DONE if asked.amount <= refunded else RefundState.REFUSED
            return RefundOutcome(state=state, transaction_id=before.transaction_id)
        try:
            answer = await self._client.ask(
                "api/refund", refund_body(asked, self._access), limit_s=self._step_limit_s
            )
        except AcquirerAway:
            return await self._after_silence(asked, refunded)
        return await self._answered(asked, answer)

    async def _answered(self, asked: RefundAsked, answer: Answer) -> RefundOutcome:
        if answer.code in _ACCEPTED:
            return RefundOutcome(
                state=RefundState.DONE,
                transaction_id=answer.text("ref_number", "ref_no", "order_no", "order_id"),
                explanation=answer.explanation,
            )
        if answer.code == Code.REFUND_ID_USED:
            return await self._used_before(asked)
        is_too_soon = answer.code == Code.REFUND_FAILED and _TOO_SOON.search(answer.explanation)
        if is_too_soon or answer.code in _UNCERTAIN:
            raise AcquirerAway
        return RefundOutcome(state=RefundState.REFUSED, explanation=answer.explanation)

    async def _used_before(self, asked: RefundAsked) -> RefundOutcome:
        """Sipay has this refund: it is done once the money shows, and unknown until then."""
        now = await self._standing(asked.charge)
        _, refunded = _amounts(now)
        if refunded < asked.amount:
            raise AcquirerAway
        return RefundOutcome(state=RefundState.DONE, transaction_id=now.transaction_id)

    async def _after_silence(self, asked: RefundAsked, refunded: Money) -> RefundOutcome:
        now = await self._standing(asked.charge)
        _, since = _amounts(now)
        if since != refunded + asked.amount:
            raise AcquirerAway
        return RefundOutcome(state=RefundState.DONE, transaction_id=now.transaction_id)

    async def _standing(self, charge: ChargeReference) -> Outcome:
        answer = await self._client.ask(
            "api/checkstatus", status_body(charge, self._access), limit_s=self._step_limit_s
        )
        return standing(charge, answer, currency=self._access.currency)


def _amounts(outcome: Outcome) -> tuple[Money, Money]:
    """What was taken and what went back of it; unknown of what is not captured."""
    if outcome.captured is None or outcome.refunded is None:
        raise AcquirerAway
    return outcome.captured, outcome.refunded
