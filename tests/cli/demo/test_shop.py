"""The demo shop in a database of its own: seeded once, mended where needed, filled up."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from bezant.baskets import service as baskets
from bezant.baskets.model import BasketView, IncompleteFilter
from bezant.cli.demo.catalogue import PRODUCTS
from bezant.cli.demo.prepare import prepare
from bezant.cli.demo.record import DemoPartner, DemoRecord, read_record
from bezant.cli.demo.shop import DemoShop, seed_shop
from bezant.customers import service as customers
from bezant.integrations.feeds.simulated import SimulatedFeed
from bezant.kernel.db import Database
from bezant.kernel.paging import PageRequest
from bezant.kernel.sealing import Sealer, derive_key
from bezant.kernel.texts import Language
from bezant.partners.service import accounts
from bezant.partners.service.accounts import Safe
from bezant.settings import Settings
from tests.factories.clock import FakeClock
from tests.factories.shop import SECRET_KEY
from tests.factories.shop import test_safe as safe_of_tests

EXAMPLE = "6551eeaf4455bb5959555302"
FEED = SimulatedFeed(seed=1204)
# What a run may touch without changing the shop: prices move, and are no part of it.
COUNTED = (
    "asset", "basket", "basket_item", "card_bin", "category", "credential", "customer",
    "customer_address", "digital_spread", "instalment_rate", "partner", "partner_price_part",
    "partner_spread", "price_part", "product",
    "vault_bar", "vault_headroom",
)  # fmt: skip


async def seed(
    db: Database, record: tuple[DemoPartner, ...] = (), *, safe: Safe | None = None
) -> DemoShop:
    """One run of the seed, with what an earlier one wrote down."""
    known = DemoRecord(Path("demo.json"), "http://demo.test", record) if record else None
    return await seed_shop(db, safe or safe_of_tests(), clock=FakeClock(), feed=FEED, record=known)


async def contents(db: Database) -> dict[str, str]:
    """A fingerprint of every table that the demo fills."""
    async with db.reading() as connection:
        return {
            table: await connection.fetchval(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
            )
            for table in COUNTED
        }


async def page_of(db: Database, shop: DemoShop, external_id: str = EXAMPLE) -> list[BasketView]:
    """The incomplete baskets of a customer of the first partner."""
    wanted = IncompleteFilter(shop.partners[0].partner_id, external_id, None)
    async with db.reading() as connection:
        page = await baskets.list_incomplete_baskets(
            connection, wanted, page=PageRequest(1, 100), language=Language.TR
        )
    return list(page.rows)


async def live_usernames(db: Database, code: str) -> list[str]:
    """Who may sign in for a partner under the test's clock."""
    async with db.reading() as connection:
        found = await accounts.list_credentials(connection, code)
    return [one.username for one in found if one.is_live(FakeClock().now())]


async def test_a_second_run_changes_nothing(demo_db: Database) -> None:
    shop = await seed(demo_db)
    before = await contents(demo_db)

    again = await seed(demo_db, shop.sign_ins)

    assert again == shop
    assert await contents(demo_db) == before


async def test_the_shop_has_its_goods_partners_and_customers(demo_db: Database) -> None:
    shop = await seed(demo_db)

    assert [one.code for one in shop.sign_ins] == ["bosphorus-bank", "lydia-wallet", "karun-market"]
    async with demo_db.reading() as connection:
        skus = await connection.fetchval("SELECT array_agg(sku) FROM product")
        customers_each = await connection.fetch(
            "SELECT count(DISTINCT c.customer_id) AS customers, count(*) AS addresses"
            "  FROM customer c JOIN customer_address USING (partner_id, customer_id)"
            " GROUP BY partner_id ORDER BY partner_id"
        )
    assert set(skus) >= {product.sku for product in PRODUCTS}
    assert [tuple(row) for row in customers_each] == [(67, 134), (67, 134), (66, 132)]


async def test_the_examples_customer_has_the_published_basket_newest(demo_db: Database) -> None:
    shop = await seed(demo_db)

    newest, *older = await page_of(demo_db, shop)

    assert newest.token == shop.sign_ins[0].cart_token
    assert newest.ordered_at == datetime(2024, 8, 5, 12, 47, 15, tzinfo=UTC)
    assert newest.figures.price.minor == newest.figures.total.minor == 291_473
    assert newest.figures.tax.minor == 0
    (item,) = newest.items
    assert (item.sku, item.product_id, item.amount) == ("MNT0001", 3_000_065, 1)
    assert (item.minted_markup, item.insurance, item.shipping) == (0, 544, 0)
    assert item.commission == 19_068
    assert newest.shipping_address is not None
    assert newest.shipping_address.details.county == "Çankaya"
    assert newest.billing_address is not None
    assert len(older) == 2
    assert older[-1].shipping_address is older[-1].billing_address is None


async def test_a_way_in_that_works_is_kept_and_a_lost_one_is_replaced(demo_db: Database) -> None:
    shop = await seed(demo_db)
    first, second, _ = shop.sign_ins

    again = await seed(demo_db, (first,))

    assert again.sign_ins[0] == first
    assert again.sign_ins[1].username != second.username
    assert await live_usernames(demo_db, first.code) == [first.username]
    assert await live_usernames(demo_db, second.code) == [again.sign_ins[1].username]


async def test_a_way_in_that_has_ended_is_replaced(demo_db: Database) -> None:
    shop = await seed(demo_db)
    first = shop.sign_ins[0]
    async with demo_db.transaction() as tx:
        await accounts.revoke_credential(tx, first.username, now=FakeClock().now())

    again = await seed(demo_db, shop.sign_ins)

    assert again.sign_ins[0].username != first.username
    assert again.sign_ins[1:] == shop.sign_ins[1:]


@pytest.mark.parametrize(
    "safe",
    [
        Safe.under(Sealer(derive_key(b"another key", "credentials")), realm="bezant"),
        Safe.under(Sealer(derive_key(SECRET_KEY.encode(), "credentials")), realm="another"),
    ],
    ids=["key", "realm"],
)
async def test_a_way_in_under_another_key_or_realm_is_replaced(
    safe: Safe, demo_db: Database
) -> None:
    shop = await seed(demo_db)

    again = await seed(demo_db, shop.sign_ins, safe=safe)

    for old, new in zip(shop.sign_ins, again.sign_ins, strict=True):
        assert new.username != old.username
        assert await live_usernames(demo_db, new.code) == [new.username]


async def test_a_secret_that_is_written_down_wrongly_is_replaced(demo_db: Database) -> None:
    first = (await seed(demo_db)).sign_ins[0]
    wrong = DemoPartner(
        code=first.code,
        name=first.name,
        username=first.username,
        secret="wrong",
        customer_external_id=first.customer_external_id,
        cart_token=first.cart_token,
    )

    again = await seed(demo_db, (wrong,))

    assert again.sign_ins[0].username != first.username


async def test_the_examples_customer_and_baskets_come_back_when_they_were_removed(
    demo_db: Database,
) -> None:
    shop = await seed(demo_db)
    partner_id, now = shop.partners[0].partner_id, FakeClock().now()
    async with demo_db.transaction() as tx:
        customer = await customers.lock_customer(tx, partner_id, EXAMPLE)
        await baskets.drop_open_baskets(tx, partner_id, customer.customer_id)
        await customers.erase_customer(tx, customer, now=now)

    again = await seed(demo_db, shop.sign_ins)

    assert len(await page_of(demo_db, again)) == 3
    assert again.sign_ins[0].cart_token != shop.sign_ins[0].cart_token
    assert again.sign_ins[0].username == shop.sign_ins[0].username


async def test_a_first_customer_who_has_bought_gets_another_basket_that_is_ready(
    demo_db: Database,
) -> None:
    shop = await seed(demo_db)
    first = shop.sign_ins[0]
    async with demo_db.transaction() as tx:
        await tx.execute("UPDATE basket SET state = 'ordered' WHERE token = $1", first.cart_token)

    again = await seed(demo_db, shop.sign_ins)

    newest, *others = await page_of(demo_db, again)
    assert newest.token == again.sign_ins[0].cart_token != first.cart_token
    assert newest.shipping_address is not None
    assert newest.billing_address is not None
    assert len(others) == 2


async def test_the_demo_is_filled_up_and_not_over(demo_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=demo_url, secret_key=SECRET_KEY, data_dir=tmp_path)
    console = Console(file=StringIO())

    first = await prepare(settings, baskets=2_500, with_orders=True, console=console)
    again = await prepare(settings, baskets=None, with_orders=True, console=console)

    assert first == again == read_record(tmp_path / "demo.json")
    connection = await asyncpg.connect(demo_url)
    try:
        await _require_sound_baskets(connection, baskets_=2_500, newcomers=177)
        await prepare(settings, baskets=2_600, with_orders=True, console=console)
        await _require_sound_baskets(connection, baskets_=2_600, newcomers=211)
    finally:
        await connection.close()


async def _require_sound_baskets(
    connection: "asyncpg.Connection[asyncpg.Record]", *, baskets_: int, newcomers: int
) -> None:
    """So many baskets, each with the sums of its lines and an increment id of its own."""
    assert await connection.fetchval("SELECT count(*) FROM customer") == 200 + newcomers
    counted = await connection.fetchrow(
        "SELECT count(*) AS baskets, count(DISTINCT (partner_id, increment_id)) AS increment_ids,"
        "       count(DISTINCT token) AS tokens, count(*) FILTER (WHERE hold_expires_at > now())"
        "       AS held FROM basket WHERE state = 'open'"
    )
    assert tuple(counted or ()) == (baskets_, baskets_, baskets_, 0)
    differing = await connection.fetchval(
        "SELECT count(*) FROM basket b JOIN LATERAL ("
        "  SELECT sum(price * amount) AS price, sum(tax) AS tax,"
        "         sum(insurance * amount) AS insurance, sum(shipping * amount) AS shipping,"
        "         sum(commission * amount) AS commission, sum(minted_markup * amount) AS markup,"
        "         count(*) AS lines"
        "    FROM basket_item i WHERE i.partner_id = b.partner_id AND i.basket_id = b.basket_id"
        ") i ON true"
        " WHERE i.lines NOT BETWEEN 1 AND 4"
        "    OR (b.price, b.tax, b.insurance, b.shipping, b.commission,"
        "        b.minted_markup + b.silver_craft) IS DISTINCT FROM"
        "       (i.price, i.tax, i.insurance, i.shipping, i.commission, i.markup)"
    )
    assert differing == 0
    fixed = await connection.fetchval(
        "SELECT count(*) FROM basket JOIN customer USING (partner_id, customer_id)"
        " WHERE external_id = $1",
        EXAMPLE,
    )
    assert fixed == 3
