"""Whether an order stays within what the customer's verification allows, and counting it.

Invariants: what is counted was decided on as it stood: two orders of a person at once are counted
one after the other; the partner's own trades have no limits.
"""

from datetime import datetime
from typing import Final

from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import Intent
from bezant.customers.kyc.model import leeway as kyc_leeway
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.money import Money
from bezant.kernel.steps import NO_DEED, NO_STEP_SQL, Step, at_once
from bezant.pricing.model import PricingTerms
from bezant.trading.model import DigitalOrder, Trade, TradeKind
from bezant.trading.queries import limits as queries
from bezant.trading.queries.limits import PersonStanding, Whose

_NOTHING_TO_READ: Final[Step[PersonStanding | None]] = Step(
    NO_STEP_SQL, (), lambda _told: None, only_reads=True
)


def standing(wanted: Trade, *, terms: PricingTerms, now: datetime) -> Step[PersonStanding | None]:
    """Reads what the order's limits are decided on; None for the partner, and for a stranger."""
    whose = _whose(wanted, terms=terms, now=now)
    return _NOTHING_TO_READ if whose is None else queries.read_standing(whose)


async def hold(tx: Tx, wanted: Trade, *, terms: PricingTerms, now: datetime) -> None:
    """From here on, nobody else orders for this person until the transaction ends."""
    whose = _whose(wanted, terms=terms, now=now)
    if whose is not None:
        await queries.hold_standing(tx, whose)


async def standing_of_newcomer(
    tx: Connection, wanted: Trade, *, terms: PricingTerms, now: datetime
) -> PersonStanding | None:
    """What is read of a customer who was entered by this transaction.

    The newcomer may be a person whom the partner has already.
    """
    await hold(tx, wanted, terms=terms, now=now)
    (found,) = await at_once(tx, standing(wanted, terms=terms, now=now))
    return found


async def leeway(
    connection: Connection,
    named: tuple[PartnerId, str],
    *,
    metal: Metal,
    terms: PricingTerms,
    now: datetime,
) -> tuple[Money | None, Weight | None]:
    """What a customer, as the partner calls one, may order at most: in cash, and in grams bought.

    None is no limit.
    """
    partner_id, customer = named
    day = now.astimezone(terms.time_zone).date()
    whose = Whose(partner_id=partner_id, customer=customer, currency=terms.currency, day=day)
    (found,) = await at_once(connection, queries.read_standing(whose))
    if found is None:
        return None, None
    return kyc_leeway(found.standing, Weight(found.held.get(metal, 0), metal), day=day)


def counting(
    order: DigitalOrder, found: PersonStanding | None, *, terms: PricingTerms
) -> Step[None]:
    """Counts the order beside what enters it. Raises `KycLimitExceeded`."""
    if found is None:
        return NO_DEED
    day = order.ordered_at.astimezone(terms.time_zone).date()
    intent = Intent(order.total, list(_held_after(order, found).values()))
    return kyc.counting((order.partner_id, found.customer_id), found.standing, intent, day=day)


def _held_after(order: DigitalOrder, found: PersonStanding) -> dict[Metal, Weight]:
    """What the person will hold of each metal that is bought."""
    held: dict[Metal, Weight] = {}
    if order.kind is TradeKind.SELL:
        return held
    for line in order.lines:
        weight = line.amount.weight
        before = held.get(weight.metal) or Weight(found.held.get(weight.metal, 0), weight.metal)
        held[weight.metal] = before + weight
    return held


def _whose(wanted: Trade, *, terms: PricingTerms, now: datetime) -> Whose | None:
    if wanted.customer is None:
        return None
    return Whose(
        partner_id=wanted.partner_id,
        customer=wanted.customer,
        currency=terms.currency,
        day=now.astimezone(terms.time_zone).date(),
    )
