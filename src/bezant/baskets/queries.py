"""Baskets as they are read: joined with their customer and their products' catalogue.

One statement each, so that a page shows one moment: a basket's figures never stand beside
lines of another.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from bezant.baskets.model import BasketView, IncompleteFilter
from bezant.customers.model import Address, CustomerView, Gender, Person
from bezant.kernel.db import Connection
from bezant.kernel.ids import BasketId, CartToken, PartnerId
from bezant.kernel.money import Currency, Money
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language
from bezant.pricing.lines import Figures, ItemView

if TYPE_CHECKING:
    from asyncpg import Record

_ITEMS = msgspec.json.Decoder(list[ItemView])
_ADDRESS = msgspec.json.Decoder(Address)

_BASKET_COLUMNS: Final = """
    b.basket_id, b.guid, b.token, b.increment_id, b.currency, b.price, b.tax, b.minted_markup,
    b.silver_craft, b.insurance, b.shipping, b.commission, b.hold_expires_at,
    b.shipping_address, b.billing_address, b.ordered_at
"""

_CUSTOMER_COLUMNS: Final = """
    c.external_id, c.firstname, c.middlename, c.lastname, c.email, c.phone, c.gender,
    c.identity_number, c.birthdate
"""

# The order of the array is the order of the fields of `ItemView`.
_ITEMS_OF_BASKET: Final = """
    SELECT json_agg(json_build_array(
               i.product_id, p.sku, p.name->>{language}, p.weight_ug, a.asset_id, a.name,
               i.amount, i.price, i.minted_markup, i.insurance, i.shipping, i.commission,
               i.tax_rate, i.tax) ORDER BY i.position) AS items
      FROM basket_item i JOIN product p USING (product_id) JOIN asset a USING (asset_id)
     WHERE i.partner_id = b.partner_id AND i.basket_id = b.basket_id
"""

SELECT_INCOMPLETE: Final = f"""
    SELECT t.total, {_CUSTOMER_COLUMNS}, {_BASKET_COLUMNS}, i.items
      FROM customer c
     CROSS JOIN LATERAL (
        SELECT count(*) AS total FROM basket b
         WHERE b.partner_id = c.partner_id AND b.customer_id = c.customer_id AND b.state = 'open'
           AND ($4::timestamptz IS NULL OR b.ordered_at >= $4)
           AND ($5::timestamptz IS NULL OR b.ordered_at < $5)
      ) t
      LEFT JOIN LATERAL (
        SELECT * FROM basket b
         WHERE b.partner_id = c.partner_id AND b.customer_id = c.customer_id AND b.state = 'open'
           AND ($4::timestamptz IS NULL OR b.ordered_at >= $4)
           AND ($5::timestamptz IS NULL OR b.ordered_at < $5)
         ORDER BY b.ordered_at DESC, b.basket_id DESC
         LIMIT $6 OFFSET $7
      ) b ON true
      LEFT JOIN LATERAL ({_ITEMS_OF_BASKET.format(language="$3::text")}) i ON true
     WHERE c.partner_id = $1 AND c.external_id = $2
     ORDER BY b.ordered_at DESC, b.basket_id DESC
"""

SELECT_TOTAL: Final = """
    SELECT price + tax AS total, currency FROM basket
     WHERE partner_id = $1 AND token = $2 AND state = 'open'
"""


async def incomplete_baskets(
    connection: Connection, wanted: IncompleteFilter, *, page: PageRequest, language: Language
) -> Page[BasketView]:
    """One page of a customer's baskets that never became orders, newest first.

    Reads only: an expired hold stays expired. An unknown customer has an empty page.
    """
    days = wanted.days
    rows = await connection.fetch(
        SELECT_INCOMPLETE,
        wanted.partner_id,
        wanted.external_customer_id,
        language,
        days.begin if days else None,
        days.end if days else None,
        page.rows,
        page.offset,
    )
    if not rows:
        return Page((), 0, page)
    customer = _customer(rows[0])
    views = [_view(row, customer) for row in rows if row["basket_id"] is not None]
    return Page(views, rows[0]["total"], page)


async def basket_total(
    connection: Connection, partner_id: PartnerId, token: CartToken
) -> Money | None:
    """What an open basket costs before any cost of payment."""
    row = await connection.fetchrow(SELECT_TOTAL, partner_id, token)
    return Money(row["total"], Currency(row["currency"])) if row else None


def _view(row: "Record", customer: CustomerView) -> BasketView:
    currency = Currency(row["currency"])
    return BasketView(
        basket_id=BasketId(row["basket_id"]),
        guid=row["guid"],
        token=CartToken(row["token"]),
        increment_id=row["increment_id"],
        currency=currency,
        figures=Figures(
            price=Money(row["price"], currency),
            tax=Money(row["tax"], currency),
            minted_markup=Money(row["minted_markup"], currency),
            silver_craft=Money(row["silver_craft"], currency),
            insurance=Money(row["insurance"], currency),
            shipping=Money(row["shipping"], currency),
            commission=Money(row["commission"], currency),
        ),
        hold_expires_at=row["hold_expires_at"],
        customer=customer,
        shipping_address=_address(row["shipping_address"]),
        billing_address=_address(row["billing_address"]),
        ordered_at=row["ordered_at"],
        items=_ITEMS.decode(row["items"]) if row["items"] else (),
    )


def _customer(row: "Record") -> CustomerView:
    return CustomerView(
        external_id=row["external_id"],
        person=Person(
            firstname=row["firstname"],
            middlename=row["middlename"],
            lastname=row["lastname"],
            email=row["email"],
            phone=row["phone"],
            gender=Gender(row["gender"]) if row["gender"] else None,
            identity_number=row["identity_number"],
            birthdate=row["birthdate"],
        ),
    )


def _address(text: str | None) -> Address | None:
    return None if text is None else _ADDRESS.decode(text)
