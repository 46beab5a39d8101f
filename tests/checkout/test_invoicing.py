"""Paid orders get invoices, numbered without gaps."""

import asyncio
from zoneinfo import ZoneInfo

from bezant.checkout import invoicing, settling
from bezant.kernel.ids import OrderId, PartnerId
from bezant.legal.model import Invoice, InvoiceTerms, Sale
from bezant.legal.service import invoices
from bezant.payments.till import Till
from tests.factories.acquirer import FakeAcquirer, Turn
from tests.factories.checkout import Buyer, order_named
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock

TERMS = InvoiceTerms("TST", ZoneInfo("Europe/Istanbul"))


async def issue(till: Till) -> None:
    """A worker's turn."""
    await invoices.issue_due(till.db, invoicing.DUE, terms=TERMS, now=till.clock.now())


async def invoice_of(till: Till, named: tuple[PartnerId, OrderId]) -> Invoice | None:
    """The invoice of an order, if it has one."""
    async with till.db.reading() as connection:
        return await invoices.find_invoice(connection, Sale.SHOP, *named)


async def test_orders_are_invoiced_once_they_are_paid_without_gaps_by_two_at_once(
    partner: PartnerClient, till: Till
) -> None:
    named = []
    for _ in range(5):
        buyer = await Buyer.enter(partner)
        named.append(order_named(buyer, await buyer.complete()))

    await asyncio.gather(issue(till), issue(till), issue(till))
    await issue(till)

    found = [await invoice_of(till, each) for each in named]
    numbers = sorted(int(invoice.number[3:]) for invoice in found if invoice)
    assert len(numbers) == 5
    assert numbers == list(range(numbers[0], numbers[0] + 5))


async def test_an_order_that_waits_or_is_cancelled_has_no_invoice(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer, clock: FakeClock
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.CHALLENGED)
    named = order_named(buyer, await buyer.pay_by_card())
    await issue(till)
    assert await invoice_of(till, named) is None

    clock.advance(seconds=721)
    await settling.release_overdue(till)
    await issue(till)

    assert await invoice_of(till, named) is None


async def test_an_order_that_is_paid_by_card_is_invoiced(
    partner: PartnerClient, till: Till, acquirer: FakeAcquirer
) -> None:
    buyer = await Buyer.enter(partner)
    acquirer.plans(Turn.CAPTURED)
    named = order_named(buyer, await buyer.pay_by_card())

    await issue(till)

    invoice = await invoice_of(till, named)
    assert invoice is not None
    assert invoice.number.startswith("TST2026")
