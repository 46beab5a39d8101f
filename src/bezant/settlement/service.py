"""The verbs of settlement: telling what is owed, and entering what was paid."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bezant.kernel import days as calendar
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.money import Money
from bezant.ledger import service as ledger
from bezant.ledger.model import SETTLEMENT, Period
from bezant.settlement import queries
from bezant.settlement.model import Account, Days, Paid, Payment


async def settlement(
    connection: Connection, partner_id: PartnerId, days: Days, *, time_zone: ZoneInfo
) -> list[Account]:
    """Each currency that was ever settled with a partner, over days of the time zone.

    Two reads, which a snapshot (`Database.snapshot`) makes one moment.
    """
    period = _period(days, time_zone)
    openings = await queries.select_openings(connection, partner_id, at=period.since)
    movements = await queries.select_movements(
        connection, partner_id, period, time_zone=time_zone.key
    )
    return [Account(each, movements.get(each.currency, [])) for each in openings]


async def balances(
    connection: Connection, partner_id: PartnerId, *, now: datetime
) -> Sequence[Money]:
    """What a partner is owed at this moment; below zero, it owes."""
    found = await ledger.balances_of(connection, partner_id, SETTLEMENT, now=now)
    return [each.balance.money for each in found if each.account.asset.is_cash]


async def pay(tx: Tx, payment: Payment, *, now: datetime) -> Paid:
    """Enters a payment. Sent again, it is answered as it was.

    Raises `JournalDiffers` where its reference was paid with another sum, or the other way.
    """
    posted = await ledger.post(tx, payment.journal(), now=now)
    return Paid(posted, is_new=posted.posted_at == now)


def _period(days: Days, time_zone: ZoneInfo) -> Period:
    """From the first day's beginning to the last one's end."""
    whole = calendar.Days.between(days.first, days.last, zone=time_zone)
    return Period(whole.begin, whole.end)
