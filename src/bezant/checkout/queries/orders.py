"""Orders as they are read: joined with customer, items, payment and its charge.

One statement each, so that a page shows one moment.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from bezant.checkout.views import OrderView
from bezant.customers.model import Address, CustomerView, Gender, Person
from bezant.kernel.db import Connection
from bezant.kernel.ids import CartToken, CustomerId, OrderId, PartnerId, PaymentToken
from bezant.kernel.money import Currency, Money
from bezant.kernel.paging import Page, PageRequest
from bezant.kernel.texts import Language
from bezant.orders.model import OrderFilter, OrderSort, OrderStatus
from bezant.payments.model import PaymentMethod, PaymentState
from bezant.payments.till import Payer
from bezant.payments.views import ChargeView, OrderOnPage, PayLine, PaymentView
from bezant.pricing.lines import Figures, ItemView

if TYPE_CHECKING:
    from asyncpg import Record

_ITEMS = msgspec.json.Decoder(list[ItemView])
_ADDRESS = msgspec.json.Decoder(Address)
_PAY_LINES = msgspec.json.Decoder(list[tuple[str, int, int]])

_COLUMNS: Final = """
    o.partner_id, o.order_id, o.customer_id, o.guid, o.order_code, o.increment_id, o.token,
    o.external_id, o.currency, o.price, o.tax, o.minted_markup, o.silver_craft, o.insurance,
    o.shipping, o.commission, o.status_id, o.language, o.channel, o.shipping_address,
    o.billing_address, o.note, o.cargo_number, o.cargo_url, o.ordered_at,
    coalesce(c.external_id, '') AS customer_external_id, c.firstname, c.middlename, c.lastname,
    c.email, c.phone, c.gender, c.identity_number, c.birthdate,
    p.token AS payment_token, p.method, p.state, p.amount AS payment_amount, p.cost, p.refunded,
    a.attempt_id, a.state AS attempt_state, a.is_3d, a.instalment, a.cost AS attempt_cost,
    a.card_holder, a.card_bin, a.card_last_four, a.card_expiry, a.association, a.customer_ip,
    a.auth_mode, a.transaction_id, a.order_reference, a.reason, a.explanation, i.items
"""

# The order of the array is the order of the fields of `ItemView`.
_JOINS: Final = """
      JOIN customer c USING (partner_id, customer_id)
      JOIN payment p ON p.partner_id = o.partner_id AND p.order_id = o.order_id
      LEFT JOIN LATERAL (
        SELECT * FROM payment_attempt a
         WHERE a.partner_id = p.partner_id AND a.payment_id = p.payment_id
         ORDER BY (a.state = 'captured' AND NOT a.is_surplus) DESC, a.attempt_id DESC LIMIT 1
      ) a ON true
     CROSS JOIN LATERAL (
        SELECT json_agg(json_build_array(
                   i.product_id, g.sku, g.name->>{language}, g.weight_ug, s.asset_id, s.name,
                   i.amount, i.price, i.minted_markup, i.insurance, i.shipping, i.commission,
                   i.tax_rate, i.tax) ORDER BY i.position) AS items
          FROM order_item i JOIN product g USING (product_id) JOIN asset s USING (asset_id)
         WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
      ) i
"""

SELECT_ORDER: Final = f"""
    SELECT {_COLUMNS} FROM sales_order o {_JOINS.format(language="$3::text")}
     WHERE o.partner_id = $1 AND o.order_id = $2
"""

SELECT_ORDER_OF_TOKEN: Final = f"""
    SELECT {_COLUMNS} FROM sales_order o {_JOINS.format(language="$4::text")}
     WHERE o.partner_id = $1 AND o.token = $2 AND c.external_id = $3
"""

SELECT_ORDER_OF_CODE: Final = f"""
    SELECT {_COLUMNS} FROM sales_order o {_JOINS.format(language="$4::text")}
     WHERE o.partner_id = $1 AND o.order_code = $2 AND c.external_id = $3
     ORDER BY o.order_id DESC LIMIT 1
"""

SELECT_BUYER: Final = """
    SELECT c.customer_id, c.firstname, c.middlename, c.lastname, c.email, c.phone, o.language,
           o.increment_id
      FROM sales_order o JOIN customer c USING (partner_id, customer_id)
     WHERE o.partner_id = $1 AND o.order_id = $2
"""

SELECT_ORDER_ON_PAGE: Final = """
    SELECT o.currency, o.language, o.increment_id, o.status_id, o.hold_expires_at,
           t.name AS seller, i.items
      FROM payment p
      JOIN sales_order o USING (partner_id, order_id)
      JOIN partner t USING (partner_id)
     CROSS JOIN LATERAL (
        SELECT json_agg(json_build_array(g.name->>o.language, i.amount, i.price * i.amount + i.tax)
                        ORDER BY i.position) AS items
          FROM order_item i JOIN product g USING (product_id)
         WHERE i.partner_id = o.partner_id AND i.order_id = o.order_id
      ) i
     WHERE p.token = $1
"""

SELECT_SELLER: Final = """
    SELECT t.name, o.language FROM sales_order o JOIN partner t USING (partner_id)
     WHERE o.partner_id = $1 AND o.order_id = $2
"""

_WANTED: Final = """
    o.partner_id = $1
    AND ($2::text IS NULL OR o.customer_id = (
        SELECT customer_id FROM customer k WHERE k.partner_id = $1 AND k.external_id = $2))
    AND ($3::text IS NULL OR EXISTS (
        SELECT FROM order_item t JOIN product g USING (product_id)
         WHERE t.partner_id = o.partner_id AND t.order_id = o.order_id AND g.sku = $3))
    AND ($4::smallint[] IS NULL OR o.status_id = ANY ($4))
    AND ($5::timestamptz IS NULL OR o.ordered_at >= $5)
    AND ($6::timestamptz IS NULL OR o.ordered_at < $6)
"""

_LIST: Final = f"""
    SELECT t.total, q.*
      FROM (SELECT count(*) AS total FROM sales_order o WHERE {_WANTED}) t
      LEFT JOIN LATERAL (
        SELECT {_COLUMNS}
          FROM (SELECT o.* FROM sales_order o {{join}} WHERE {_WANTED}
                 ORDER BY {{order}} {{direction}}, o.order_id {{direction}}
                 LIMIT $7 OFFSET $8) o
          {_JOINS.format(language="$9::text")}
         ORDER BY {{order}} {{direction}}, o.order_id {{direction}}
      ) q ON true
"""

_ORDERS: Final = {
    OrderSort.CREATED_AT: ("", "o.ordered_at"),
    OrderSort.TOTAL: ("", "(o.price + o.tax)"),
    OrderSort.CUSTOMER: ("JOIN customer c USING (partner_id, customer_id)", "c.external_id"),
    # Every order of this group is of one type, so their own order is left.
    OrderSort.TYPE: ("", "o.partner_id"),
}

SELECT_LISTS: Final = {
    (sort, descending): _LIST.format(
        join=join, order=order, direction="DESC" if descending else "ASC"
    )
    for sort, (join, order) in _ORDERS.items()
    for descending in (False, True)
}


async def order_by_id(
    connection: Connection, partner_id: PartnerId, order_id: OrderId, *, language: Language
) -> OrderView | None:
    """One order of a partner."""
    row = await connection.fetchrow(SELECT_ORDER, partner_id, order_id, language)
    return _view(row) if row else None


async def order_of_token(
    connection: Connection, named: tuple[PartnerId, str, CartToken], *, language: Language
) -> OrderView | None:
    """The order of a partner's customer, by `(partner, external customer id, token)`."""
    partner_id, external_customer_id, token = named
    row = await connection.fetchrow(
        SELECT_ORDER_OF_TOKEN, partner_id, token, external_customer_id, language
    )
    return _view(row) if row else None


async def order_of_code(
    connection: Connection, named: tuple[PartnerId, str, str], *, language: Language
) -> OrderView | None:
    """The order of a partner's customer, by `(partner, external customer id, order code)`."""
    partner_id, external_customer_id, code = named
    row = await connection.fetchrow(
        SELECT_ORDER_OF_CODE, partner_id, code, external_customer_id, language
    )
    return _view(row) if row else None


async def list_orders(
    connection: Connection, wanted: OrderFilter, *, page: PageRequest, language: Language
) -> Page[OrderView]:
    """One page of a partner's orders."""
    statuses = None if wanted.statuses is None else sorted(wanted.statuses)
    rows = await connection.fetch(
        SELECT_LISTS[wanted.sort, wanted.descending],
        wanted.partner_id,
        wanted.external_customer_id,
        wanted.sku,
        statuses,
        wanted.days.begin if wanted.days else None,
        wanted.days.end if wanted.days else None,
        page.rows,
        page.offset,
        language,
    )
    views = [_view(row) for row in rows if row["order_id"] is not None]
    return Page(views, rows[0]["total"], page)


async def buyer_of_order(connection: Connection, partner_id: PartnerId, order_id: OrderId) -> Payer:
    """Who pays for an order, as far as an acquirer is told."""
    row = await connection.fetchrow(SELECT_BUYER, partner_id, order_id)
    assert row is not None, "the order is there"
    names = (row["firstname"], row["middlename"], row["lastname"])
    return Payer(
        customer_id=CustomerId(row["customer_id"]),
        name=" ".join(filter(None, names)),
        email=row["email"],
        phone=row["phone"],
        language=Language(row["language"]),
        order_number=row["increment_id"],
    )


async def seller_and_language(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> tuple[str, Language] | None:
    """What the partner of an order is called, and the order's language."""
    row = await connection.fetchrow(SELECT_SELLER, partner_id, order_id)
    return (row["name"], Language(row["language"])) if row else None


async def order_on_page(connection: Connection, token: PaymentToken) -> OrderOnPage | None:
    """The order that a payment is for; None when that is none of the shop's."""
    row = await connection.fetchrow(SELECT_ORDER_ON_PAGE, token)
    if row is None:
        return None
    currency = Currency(row["currency"])
    return OrderOnPage(
        language=Language(row["language"]),
        number=row["increment_id"],
        waits=row["status_id"] == OrderStatus.PENDING,
        until=row["hold_expires_at"],
        seller=row["seller"],
        lines=[
            PayLine(name, amount, Money(total, currency))
            for name, amount, total in _PAY_LINES.decode(row["items"])
        ],
    )


def _view(row: "Record") -> OrderView:
    currency = Currency(row["currency"])
    return OrderView(
        partner_id=PartnerId(row["partner_id"]),
        order_id=OrderId(row["order_id"]),
        customer_id=CustomerId(row["customer_id"]),
        guid=row["guid"],
        order_code=row["order_code"],
        increment_id=row["increment_id"],
        token=CartToken(row["token"]),
        external_id=row["external_id"],
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
        status=OrderStatus(row["status_id"]),
        language=Language(row["language"]),
        channel=row["channel"],
        customer=_customer(row),
        shipping_address=_ADDRESS.decode(row["shipping_address"]),
        billing_address=_ADDRESS.decode(row["billing_address"]),
        note=row["note"],
        cargo_number=row["cargo_number"],
        cargo_url=row["cargo_url"],
        ordered_at=row["ordered_at"],
        payment=PaymentView(
            token=PaymentToken(row["payment_token"]),
            method=PaymentMethod(row["method"]),
            state=PaymentState(row["state"]),
            amount=row["payment_amount"],
            cost=row["cost"],
            refunded=row["refunded"],
            charge=_charge(row) if row["attempt_id"] is not None else None,
        ),
        items=_ITEMS.decode(row["items"]),
    )


def _customer(row: "Record") -> CustomerView:
    return CustomerView(
        external_id=row["customer_external_id"],
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


def _charge(row: "Record") -> ChargeView:
    return ChargeView(
        is_3d=row["is_3d"],
        is_live=row["attempt_state"] in ("open", "challenged"),
        instalment=row["instalment"],
        cost=row["attempt_cost"],
        holder=row["card_holder"],
        bin=row["card_bin"],
        last_four=row["card_last_four"],
        expiry=row["card_expiry"],
        association=row["association"],
        customer_ip=row["customer_ip"],
        auth_mode=row["auth_mode"],
        transaction_id=row["transaction_id"],
        order_reference=row["order_reference"],
        reason=row["reason"],
        explanation=row["explanation"],
    )
