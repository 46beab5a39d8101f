"""The legs by which it is heard what became of a charge; all of them come to `hear`.

Invariants: a charge is sent once; the acquirer is asked outside of any transaction; what a
browser or a notice brings is believed for nothing but which charge there is news of.
"""

import asyncio
from typing import Final

import structlog

from bezant.kernel.db import Connection, change_on
from bezant.payments.acquirer import (
    AcquirerAway,
    Challenge,
    Charge,
    ChargeReference,
    NoticeForged,
    Outcome,
    Returned,
)
from bezant.payments.model import Attempt, Leg, Verdict
from bezant.payments.service import charges
from bezant.payments.till import ChargeNews, Till
from bezant.payments.views import Notice

ASKED_AT_ONCE: Final = 10

_log: Final = structlog.get_logger("bezant.payments")


async def hear(till: Till, outcome: Outcome, leg: Leg) -> Verdict:
    """Writes down what was heard of a charge, and what follows for its order.

    The same thing heard twice, at once or later, changes nothing the second time. An unknown
    reference is nobody's: it is logged.
    """

    async def work(connection: Connection) -> Verdict:
        found = await charges.find_charge(connection, outcome.reference)
        if found is None:
            _log.warning("unknown charge", reference=outcome.reference, leg=leg)
            return Verdict.NOTHING
        charge, order_id = found
        payee = till.payees[charge.paid_for]
        return await payee.hear(connection, till, ChargeNews(charge, order_id, outcome, leg))

    async with till.db.reading() as connection:
        return await change_on(connection, work)


async def send(till: Till, charge: Charge) -> None:
    """Sends a charge that was written down, and writes down what comes of it.

    When the acquirer gives no answer, nothing is decided here: the charge stays open, and the
    sweep asks what became of it. A charge is never sent a second time.
    """
    try:
        result = await till.acquirer().start(charge)
    except AcquirerAway:
        _log.warning("no answer to a charge", reference=charge.reference)
        return
    if isinstance(result, Challenge):
        async with till.db.transaction() as tx:
            await charges.challenge(tx, charge.reference, result, now=till.clock.now())
    else:
        await hear(till, result, Leg.REPLY)


async def came_back(till: Till, charge: Attempt, returned: Returned) -> None:
    """The browser is back from 3-D: the acquirer is asked what became of the charge.

    What the browser brings is believed for nothing; forged or of another charge, it changes
    nothing.
    """
    acquirer = till.acquirers.get(charge.acquirer)
    if acquirer is None:
        return
    try:
        outcome = await acquirer.confirm(ChargeReference(charge.reference), returned)
    except AcquirerAway:
        _log.warning("no answer on a return", reference=charge.reference)
    except NoticeForged:
        _log.warning("forged return", reference=charge.reference)
    else:
        await hear(till, outcome, Leg.RETURN)


async def hear_notice(till: Till, acquirer: str, notice: Notice) -> None:
    """An acquirer's notice: it says of which charge there is news, and is then asked.

    Raises `NoticeForged`, and `AcquirerAway` so that the acquirer notifies again.
    """
    sender = till.acquirers.get(acquirer)
    if sender is None:
        raise NoticeForged
    reference = sender.read_notice(notice.headers, notice.body)
    await hear(till, await sender.query(reference), Leg.NOTICE)


async def sweep(till: Till) -> int:
    """Asks the acquirers about charges that no other leg has settled; how many were asked."""
    now = till.clock.now()
    async with till.db.transaction() as tx:
        taken = await charges.charges_to_ask(tx, now=now)
    gate = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ask_one(charge: Attempt) -> None:
        async with gate:
            await ask(till, charge)

    async with asyncio.TaskGroup() as group:
        for charge in taken:
            group.create_task(ask_one(charge))
    return len(taken)


async def ask(till: Till, charge: Attempt) -> None:
    """Asks about one charge. One that gets no answer is asked about again soon."""
    acquirer = till.acquirers.get(charge.acquirer)
    if acquirer is None:
        _log.error("no such acquirer", acquirer=charge.acquirer, reference=charge.reference)
        return
    try:
        outcome = await acquirer.query(ChargeReference(charge.reference))
    except AcquirerAway:
        _log.warning("acquirer away", acquirer=charge.acquirer, reference=charge.reference)
        return
    if await hear(till, outcome, Leg.SWEEP) is Verdict.NOTHING:
        async with till.db.reading() as connection:
            await charges.ask_later(connection, charge, now=till.clock.now())
