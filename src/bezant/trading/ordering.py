"""An order of digital metal: one read, and one statement that makes it or does not.

Invariants: the fix is used, the order entered, the journal posted and the partner told by one
statement; what another call was faster with is decided on again, under the lock of the fix.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import msgspec

from bezant.customers import buyers
from bezant.customers.model import CustomerView, KnownCustomer, NoSuchCustomer
from bezant.kernel.db import Connection, NotAtOnce
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import CustomerId, OrderId, order_code, wire_guid
from bezant.kernel.money import Money
from bezant.kernel.steps import Step, at_once
from bezant.kernel.texts import Text
from bezant.ledger import service as ledger
from bezant.ledger.assets import Amount
from bezant.ledger.model import (
    HOUSE,
    PARTNER,
    SETTLEMENT,
    VAULT,
    Journal,
    JournalKind,
    Move,
    Owner,
    Reference,
    ReferenceKind,
    customer,
)
from bezant.orders.model import ExternalIdUsed, OrderStatus
from bezant.pricing import service as pricing
from bezant.pricing.model import PricingTerms
from bezant.trading import limiting, store
from bezant.trading.announcing import news
from bezant.trading.model import (
    DigitalOrder,
    Fix,
    NoSuchPriceFix,
    Trade,
    TradedLine,
    TradeKind,
    Wish,
    amount_fault,
)
from bezant.trading.quoting import in_currency
from bezant.vault import service as vault


@dataclass(frozen=True, slots=True)
class _Party:
    """Who trades: a customer, or the partner itself."""

    customer_id: CustomerId | None
    view: CustomerView | None

    @property
    def metal_owner(self) -> Owner:
        return PARTNER if self.customer_id is None else customer(self.customer_id)

    @property
    def cash_owner(self) -> Owner:
        """The partner's own trades are settled with it, as what it owes or is owed."""
        return SETTLEMENT if self.customer_id is None else customer(self.customer_id)


@dataclass(frozen=True, slots=True)
class Decided:
    """An order that may be made as things stand, and the step that counts it for its customer."""

    order: DigitalOrder
    journal: Journal
    counting: Step[None]


async def place(
    connection: Connection, wanted: Trade, *, terms: PricingTerms, now: datetime
) -> DigitalOrder:
    """Makes an order, or says what the same call made before. To be run by `change_on`.

    `terms` are in the currency that the fix is expected to be in. Raises `NoSuchPriceFix`,
    `PriceFixUsed`, `PriceFixExpired`, `NotInPriceFix`, `NoSuchCustomer`, `ExternalIdUsed`,
    `InsufficientBalance`, `KycLimitExceeded`, `Invalid`, `PriceStale`, `TradingHalted`,
    `SalesFrozen`.
    """
    decided = await decide(connection, wanted, terms=terms, now=now)
    if isinstance(decided, DigitalOrder):
        return decided
    order = decided.order
    order_id, _, _, _, _ = await at_once(
        connection,
        store.enter_order(order),
        decided.counting,
        ledger.posting(decided.journal, now=now),
        news(order, now=now),
        covering(order),
    )
    return msgspec.structs.replace(order, order_id=order_id)


async def decide(
    connection: Connection, wanted: Trade, *, terms: PricingTerms, now: datetime
) -> Decided | DigitalOrder:
    """What is to be made of a call, or what the same call made before. Raises as `place`."""
    if connection.is_in_transaction():
        await store.lock_fix(connection, wanted.partner_id, wanted.token)
        await limiting.hold(connection, wanted, terms=terms, now=now)
    fix, before, found, market, standing = await at_once(
        connection,
        store.read_fix(wanted.partner_id, wanted.token),
        store.read_order(wanted.partner_id, external_id=wanted.external_id),
        buyers.known(wanted.partner_id, wanted.customer),
        pricing.market(terms=terms),
        limiting.standing(wanted, terms=terms, now=now),
    )
    if before is not None:
        if before.asked_mac != wanted.asked_mac:
            raise ExternalIdUsed(external_id=wanted.external_id or "")
        return before
    fix = _usable(fix, wanted, now=now)
    lines = _lines(fix, wanted)
    metals = {line.asset.metal for line in lines}
    if fix.currency is not terms.currency:
        # All of it again: what an order is decided on is of one moment.
        return await decide(connection, wanted, terms=in_currency(terms, fix.currency), now=now)
    pricing.require_open_market(market, metals, terms=terms, now=now)
    party = await _party(connection, wanted, found, now=now)
    if party.customer_id is not None and found is None:
        standing = await limiting.standing_of_newcomer(connection, wanted, terms=terms, now=now)
    order = _order(wanted, (fix, party), lines, now=now)
    counting = limiting.counting(order, standing, terms=terms)
    return Decided(order, _journal(order, list(_moves(order, party))), counting)


def card_journal(order: DigitalOrder) -> Journal:
    """What an order moves that a card has paid.

    The acquirer has the cash, and not the partner: it lies there from now on, for the house.
    """
    assert order.customer_id is not None, "a card is a customer's"
    owner = customer(order.customer_id)
    metal = [Move(line.amount, HOUSE, owner) for line in order.lines]
    return _journal(order, [*metal, Move(Amount.of_money(order.total), VAULT, HOUSE)])


def covering(order: DigitalOrder) -> Step[None]:
    """Counts it against the vault; last, because buys of all partners share what it locks."""
    weights = [line.amount.weight for line in order.lines]
    return vault.sold(weights) if order.kind is TradeKind.BUY else vault.bought_back(weights)


def _usable(fix: Fix | None, wanted: Trade, *, now: datetime) -> Fix:
    if fix is None:
        raise NoSuchPriceFix
    fix.require_for(wanted.customer)
    fix.require_usable(now=now)
    if wanted.currency not in (None, fix.currency):
        raise Invalid.field("currency_code", "trading.another_currency", currency=fix.currency)
    return fix


def _lines(fix: Fix, wanted: Trade) -> list[TradedLine]:
    """The lines at the prices of the fix. Raises `Invalid` naming every line that cannot be."""
    wrong: dict[str, list[Text]] = {}
    lines: list[TradedLine] = []
    for place, wish in enumerate(wanted.wishes):
        made = _line(fix, wish, wanted.kind)
        if isinstance(made, Text):
            wrong[f"items.{place}.amount"] = [made]
        else:
            lines.append(made)
    if wrong:
        raise Invalid(wrong)
    return lines


def _line(fix: Fix, wish: Wish, kind: TradeKind) -> TradedLine | Text:
    price = fix.price(wish.asset)
    # What a total buys was reckoned at the price of buying, and says nothing of selling.
    from_total = price.buy_amount if kind is TradeKind.BUY else None
    amount = from_total if wish.amount is None else wish.amount
    if amount is None:
        return Text("field.required")
    fault = amount_fault(amount)
    if fault is not None:
        return fault
    line = price.line(amount, kind)
    if not line:
        return Text("trading.worth_nothing")
    return TradedLine(
        amount=amount,
        spot=price.spot,
        price=price.unit(kind),
        line=line,
        tax_rate=0,
        tax=Money.zero(fix.currency),
    )


async def _party(
    connection: Connection, wanted: Trade, found: KnownCustomer | None, *, now: datetime
) -> _Party:
    """Who trades; a newcomer is entered, which takes a transaction."""
    if wanted.customer is None:
        return _Party(None, None)
    if found is not None:
        return _Party(found.customer_id, found.view)
    if wanted.newcomer is None:
        raise NoSuchCustomer(external_id=wanted.customer)
    if not connection.is_in_transaction():
        raise NotAtOnce
    entered = await buyers.enter_once(connection, wanted.partner_id, wanted.newcomer, now=now)
    return _Party(entered.customer_id, CustomerView(entered.external_id, entered.person))


def _order(
    wanted: Trade, by: tuple[Fix, _Party], lines: Sequence[TradedLine], *, now: datetime
) -> DigitalOrder:
    fix, party = by
    return DigitalOrder(
        partner_id=wanted.partner_id,
        order_id=OrderId(0),
        guid=uuid4(),
        order_code=order_code(),
        external_id=wanted.external_id,
        asked_mac=wanted.asked_mac,
        kind=wanted.kind,
        customer_id=party.customer_id,
        customer=party.view,
        channel=wanted.channel,
        token=fix.token,
        currency=fix.currency,
        status=OrderStatus.COMPLETED,
        topup=Money(wanted.topup.minor if wanted.topup else 0, fix.currency),
        ordered_at=now,
        lines=lines,
    )


def _journal(order: DigitalOrder, moves: Sequence[Move]) -> Journal:
    return Journal(
        partner_id=order.partner_id,
        kind=JournalKind(order.kind.value),
        # Its number is given by the statement that posts this, so it goes by its other name.
        reference=Reference(ReferenceKind.ORDER, wire_guid(order.guid)),
        moves=moves,
        description=order.order_code,
    )


def _moves(order: DigitalOrder, party: _Party) -> Iterator[Move]:
    cash = Amount.of_money(order.total)
    buys = order.kind is TradeKind.BUY
    for line in order.lines:
        metal = line.amount
        owner = party.metal_owner
        yield Move(metal, HOUSE, owner) if buys else Move(metal, owner, HOUSE)
    owner = party.cash_owner
    if order.topup:
        yield Move(Amount.of_money(order.topup), SETTLEMENT, owner)
    yield Move(cash, owner, HOUSE) if buys else Move(cash, HOUSE, owner)
