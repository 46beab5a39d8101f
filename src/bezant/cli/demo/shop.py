"""The demo shop as a whole: catalogue, cards, vault, partners with their ways in, customers.

Invariant: a second run changes nothing but the price of metal; what a user has changed
since stays changed, and what is gone that the demo needs is made again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bezant.cli.demo.bars import fill_vault
from bezant.cli.demo.cards import CARD_BANKS, RATES
from bezant.cli.demo.enrolment import enrol
from bezant.cli.demo.examples import open_example_baskets
from bezant.cli.demo.partners import PLANS, let_in, open_partner
from bezant.cli.demo.people import DemoCustomer, demo_customers
from bezant.cli.demo.record import DemoPartner, DemoRecord
from bezant.cli.demo.shelves import stock_shelves
from bezant.kernel.clock import Clock
from bezant.kernel.db import Database, Tx
from bezant.partners.model import Partner
from bezant.partners.service.accounts import Safe
from bezant.payments.service import instalments
from bezant.pricing import service as pricing
from bezant.pricing.feed import Feed

LEADS: Final = len(PLANS)
"""The first so many people are their partners' first customers."""


@dataclass(frozen=True, slots=True)
class DemoShop:
    """The partners, how each is signed in to, and the named customers by place.

    The customer at a place is that of the partner at `place % len(partners)`.
    """

    partners: tuple[Partner, ...]
    sign_ins: tuple[DemoPartner, ...]
    people: tuple[DemoCustomer, ...]


async def seed_shop(
    db: Database, safe: Safe, *, clock: Clock, feed: Feed, record: DemoRecord | None
) -> DemoShop:
    """Makes what is not there yet. `record` tells the secrets that are known."""
    now, people = clock.now(), demo_customers()
    prices = await feed.prices(now)
    known = {partner.code: partner for partner in record.partners} if record else {}

    async def seed(tx: Tx) -> DemoShop:
        await pricing.record_prices(tx, prices, now=now)
        partners = await _open(tx, now=now)
        await enrol(tx, people, partners=[partner.partner_id for partner in partners])
        sign_ins = [
            await _sign_in(tx, partner, lead, safe=safe, known=known.get(partner.code), now=now)
            for partner, lead in zip(partners, people[:LEADS], strict=True)
        ]
        return DemoShop(partners, tuple(sign_ins), people)

    return await db.write(seed)


async def _open(tx: Tx, *, now: datetime) -> tuple[Partner, ...]:
    products = await stock_shelves(tx)
    await _enter_cards(tx)
    await fill_vault(tx, now=now)
    return tuple([await open_partner(tx, plan, products=products, now=now) for plan in PLANS])


async def _enter_cards(tx: Tx) -> None:
    """Enters the card banks and rates, unless the first of them is there."""
    if (await instalments.card_terms(tx, CARD_BANKS[0].bin)).bank is not None:
        return
    await instalments.enter_card_banks(tx, CARD_BANKS)
    for programme, rates in RATES.items():
        await instalments.enter_rates(tx, programme, rates)


async def _sign_in(
    tx: Tx,
    partner: Partner,
    lead: DemoCustomer,
    *,
    safe: Safe,
    known: DemoPartner | None,
    now: datetime,
) -> DemoPartner:
    token = await open_example_baskets(tx, partner, lead.external_id)
    way_in = await let_in(tx, partner, safe=safe, known=known, now=now)
    return DemoPartner(
        code=partner.code,
        name=partner.name,
        username=way_in.username,
        secret=way_in.secret,
        customer_external_id=lead.external_id,
        cart_token=token,
    )
