"""Baskets as they are read: joined with their customer and their products' catalogue.

One statement each, so that a page shows one moment: a basket's figures never stand beside
lines of another.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from bezant.baskets.model import BasketView, IncompleteFilter
from bezant.customers.model import Address, CustomerView, Person
from bezant.kernel.db import Connection
from bezant.kernel.ids import BasketId, CartToken, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.steps import Step
from bezant.kernel.texts import Language
from bezant.pricing.lines import Figures, ItemView

INCOMPLETE_BASKETS: Final = """
    SELECT incomplete_baskets($1, $2, $3, $4, $5, $6, $7)
"""

SELECT_TOTAL: Final = """
    SELECT price + tax AS total, currency FROM basket
     WHERE partner_id = $1 AND token = $2 AND state = 'open'
"""


def incomplete_baskets(
    wanted: IncompleteFilter, *, page: PageRequest, language: Language
) -> Step[Page[BasketView]]:
    """One page of a customer's baskets that never became orders, newest first.

    Reads only: an expired hold stays expired. An unknown customer has an empty page.
    """
    days = wanted.days
    args = (
        wanted.partner_id,
        wanted.external_customer_id,
        language,
        days.begin if days else None,
        days.end if days else None,
        page.rows,
        page.offset,
    )

    def read(told: str | None) -> Page[BasketView]:
        if told is None:
            return Page((), 0, page)
        found = _PAGE.decode(told)
        customer = CustomerView(wanted.external_customer_id, found.person)
        return Page([row.view(customer) for row in found.baskets], found.total, page)

    return Step(INCOMPLETE_BASKETS, args, read, only_reads=True)


async def basket_total(
    connection: Connection, partner_id: PartnerId, token: CartToken
) -> Money | None:
    """What an open basket costs before any cost of payment."""
    row = await connection.fetchrow(SELECT_TOTAL, partner_id, token)
    return Money(row["total"], Currency(row["currency"])) if row else None


class _BasketRow(msgspec.Struct, frozen=True, array_like=True):
    """A basket as the database's function tells it; the order of the fields is the function's.

    Its figures are minor units.
    """

    basket_id: BasketId
    guid: UUID
    token: CartToken
    increment_id: str
    currency: Currency
    price: int
    tax: int
    minted_markup: int
    silver_craft: int
    insurance: int
    shipping: int
    commission: int
    hold_expires_at: datetime
    shipping_address: Address | None
    billing_address: Address | None
    ordered_at: datetime
    items: Sequence[ItemView]

    def view(self, customer: CustomerView) -> BasketView:
        """The basket as a reader sees it."""
        currency = self.currency
        return BasketView(
            basket_id=self.basket_id,
            guid=self.guid,
            token=self.token,
            increment_id=self.increment_id,
            currency=currency,
            figures=Figures(
                price=Money(self.price, currency),
                tax=Money(self.tax, currency),
                minted_markup=Money(self.minted_markup, currency),
                silver_craft=Money(self.silver_craft, currency),
                insurance=Money(self.insurance, currency),
                shipping=Money(self.shipping, currency),
                commission=Money(self.commission, currency),
            ),
            hold_expires_at=self.hold_expires_at,
            customer=customer,
            shipping_address=self.shipping_address,
            billing_address=self.billing_address,
            ordered_at=self.ordered_at,
            items=self.items,
        )


class _PageRow(msgspec.Struct, frozen=True, array_like=True):
    """A page as the database's function tells it."""

    total: int
    person: Person
    baskets: Sequence[_BasketRow]


_PAGE: Final = msgspec.json.Decoder(_PageRow)
