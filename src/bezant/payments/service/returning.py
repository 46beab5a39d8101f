"""Refunds on their way: sent to the acquirer outside of any transaction, and settled once."""

from typing import Final

import structlog

from bezant.payments.acquirer import AcquirerAway
from bezant.payments.model import DueRefund, RefundVerdict
from bezant.payments.service import refunds
from bezant.payments.till import Till

_log: Final = structlog.get_logger("bezant.payments")


async def send_refunds(till: Till) -> int:
    """Sends refunds that are due to their acquirers; how many were sent."""
    async with till.db.transaction() as tx:
        due = await refunds.refunds_to_send(tx, now=till.clock.now())
    for one in due:
        await _send(till, one)
    return len(due)


async def _send(till: Till, due: DueRefund) -> None:
    acquirer = till.acquirers.get(due.acquirer)
    if acquirer is None:
        _log.error("no such acquirer", acquirer=due.acquirer, refund=due.refund.reference)
        return
    try:
        outcome = await acquirer.refund(refunds.sent(due))
    except AcquirerAway:
        async with till.db.transaction() as tx:
            await refunds.put_off(tx, due, now=till.clock.now())
        return
    verdict = await till.payees[due.paid_for].hear_refund(till, due, outcome)
    if verdict is RefundVerdict.REFUSED:
        _log.error("refund refused", refund=due.refund.reference, why=outcome.explanation)
