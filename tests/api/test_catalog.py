"""The catalogue: products, one product, prices, categories."""

import pytest

from bezant.catalog.model import TaxClass
from bezant.kernel.db import Database
from bezant.kernel.ids import ProductId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.pricing import service as pricing
from bezant.pricing.model import Part, PartRule
from tests.api.market import Market
from tests.api.places import at
from tests.api.shelf import Shelf
from tests.factories.catalog import GOLD_BAR, LAST_PIECES, SILVER_BAR, SILVER_COIN
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply

PRODUCTS = "/partner/ecom/products"
PRODUCT = "/partner/ecom/product"
PRICES = "/partner/ecom/prices"
CATEGORIES = "/partner/ecom/categories"


def skus(reply: Reply) -> list[object]:
    """Which products an answer is about, in its order."""
    assert reply.status == 200, reply.body
    return [each["sku"] for each in reply.items]


async def test_a_product_has_its_twelve_keys_in_order(partner: PartnerClient) -> None:
    reply = await partner.get(PRODUCT, sku=GOLD_BAR)

    product = reply.data
    images, category, stock = product["product_images"], product["category"], product["stock"]
    # Other tests may have bought some by now.
    assert isinstance(stock, int)
    assert 0 < stock <= 1_000_000
    assert list(product.items()) == [
        ("id", 3000065),
        ("name", f"Product {GOLD_BAR}"),
        ("text", "Text"),
        ("barcode", "8690003000065"),
        ("sku", GOLD_BAR),
        ("stock", stock),
        ("currency_code", "TRY"),
        ("list_price", 2054.38),
        ("sale_price", 2054.38),
        ("product_images", images),
        (
            "basecurrency",
            {
                "id": 1000006,
                "name": "Physical Gold",
                "symbol": "g",
                "metal_type": "gold",
                "unit": "gram",
            },
        ),
        ("category", category),
    ]
    assert isinstance(category, dict)
    assert [*category.items()][1:] == [("name", "Bars"), ("slug", "bars")]
    assert isinstance(images, list)
    assert images
    assert all(str(image).startswith("http") for image in images)


async def test_a_product_is_told_in_turkish_unless_asked_otherwise(partner: PartnerClient) -> None:
    named = [
        (await partner.call("GET", PRODUCT, query={"sku": GOLD_BAR}, headers=headers)).data
        for headers in ({"Accept-Language": ""}, {"Accept-Language": "fr"})
    ]

    for product in named:
        assert (product["name"], product["text"]) == (f"Ürün {GOLD_BAR}", "Metin")
        assert at(product, "category", "name") == "Külçeler"


async def test_an_id_finds_what_its_sku_finds(partner: PartnerClient) -> None:
    by_sku = await partner.get(PRODUCT, sku=SILVER_COIN)

    by_id = await partner.get(PRODUCT, id=3000031)
    by_both = await partner.get(PRODUCT, id=3000031, sku=SILVER_COIN)

    assert by_id.body == by_sku.body == by_both.body


@pytest.mark.parametrize(
    "query", [{"sku": "NOSUCH"}, {"id": "1"}, {"sku": GOLD_BAR, "id": "3000031"}]
)
async def test_what_fits_no_product_on_sale_is_not_found(
    partner: PartnerClient, query: dict[str, str]
) -> None:
    reply = await partner.call("GET", PRODUCT, query=query)

    assert (reply.status, reply.body["code"]) == (404, 40401)


async def test_a_product_is_asked_for_by_sku_or_id(partner: PartnerClient) -> None:
    reply = await partner.call("GET", PRODUCT, query={"sku": "", "id": ""})

    assert (reply.status, list(reply.errors)) == (422, ["sku", "id"])


async def test_a_withdrawn_product_is_nowhere_in_the_catalogue(
    partner: PartnerClient, shelf: Shelf
) -> None:
    kept, gone = await shelf.put(), await shelf.put()
    await shelf.withdraw(gone)

    listed = await partner.get(PRODUCTS, page=1, total=5, category=shelf.category)
    priced = await partner.get(PRICES, category=shelf.category)
    found = await partner.get(PRODUCT, sku=gone.sku)

    assert skus(listed) == skus(priced) == [kept.sku]
    assert found.status == 404


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"page": ""}, "page"),
        ({"total": ""}, "total"),
        ({"page": "0"}, "page"),
        ({"total": "4"}, "total"),
        ({"total": "101"}, "total"),
        ({"metal": "lead"}, "metal"),
        ({"in_stock": "perhaps"}, "in_stock"),
        ({"sortBy": "price"}, "sortBy"),
        ({"sortType": "up"}, "sortType"),
        ({"q": "x" * 65}, "q"),
    ],
)
async def test_what_is_wrong_with_a_list_is_said_by_field(
    partner: PartnerClient, sent: dict[str, str], wrong: str
) -> None:
    reply = await partner.call("GET", PRODUCTS, query={"page": "1", "total": "5"} | sent)

    assert (reply.status, list(reply.errors)) == (422, [wrong])


async def test_products_come_in_pages_that_name_their_neighbours(
    partner: PartnerClient, shelf: Shelf
) -> None:
    made = [(await shelf.put()).sku for _ in range(12)]

    pages = [
        await partner.get(PRODUCTS, page=page, total=5, category=shelf.category)
        for page in (1, 2, 3)
    ]

    assert [sku for page in pages for sku in skus(page)] == made
    around = [
        [page.data[key] for key in ("prev_page_url", "next_page_url", "from", "to", "total")]
        for page in pages
    ]
    assert around == [
        [None, "/?page=2", 1, 5, 12],
        ["/?page=1", "/?page=3", 6, 10, 12],
        ["/?page=2", None, 11, 12, 12],
    ]
    past = await partner.get(PRODUCTS, page=4, total=5, category=shelf.category)
    assert (past.status, past.items, past.data["total"]) == (200, [], 12)


async def test_a_category_takes_in_what_stands_below_it(partner: PartnerClient) -> None:
    async def found(category: str) -> set[object]:
        return set(skus(await partner.get(PRICES, category=category)))

    everything = await found("metals")
    assert everything == {GOLD_BAR, SILVER_BAR, SILVER_COIN, LAST_PIECES}
    assert await found("coins") == {SILVER_COIN}
    assert await found("no-such-category") == set()


async def test_a_metal_narrows_the_list(partner: PartnerClient) -> None:
    silver = await partner.get(PRODUCTS, page=1, total=5, category="metals", metal="silver")

    assert set(skus(silver)) == {SILVER_BAR, SILVER_COIN}


@pytest.mark.parametrize("words", ["ceyrek", "ÇEYREK", "çeyrek", "quarter", "QUART"])
async def test_words_are_found_without_regard_to_case_and_accents(
    partner: PartnerClient, shelf: Shelf, words: str
) -> None:
    wanted = await shelf.put(name=("Çeyrek Altın", "Quarter Gold"))
    await shelf.put(name=("Külçe", "Bar"))

    found = await partner.get(PRODUCTS, page=1, total=5, category=shelf.category, q=words)

    assert skus(found) == [wanted.sku]


@pytest.mark.parametrize(
    ("name", "words"),
    [("İNCİ", "inci"), ("inci", "İNCİ"), ("IŞIL", "ışıl"), ("Işıl", "ISIL"), ("Ağaoğlu", "agaog")],
)
async def test_the_two_letters_i_of_turkish_are_one_for_a_search(
    partner: PartnerClient, shelf: Shelf, name: str, words: str
) -> None:
    wanted = await shelf.put(name=(name, "Thing"))

    found = await partner.get(PRODUCTS, page=1, total=5, category=shelf.category, q=words)

    assert skus(found) == [wanted.sku]


async def test_words_are_found_in_sku_and_barcode(partner: PartnerClient, shelf: Shelf) -> None:
    wanted = await shelf.put()
    await shelf.put()

    for words in (wanted.sku.lower(), wanted.barcode):
        found = await partner.get(PRODUCTS, page=1, total=5, category=shelf.category, q=words)
        assert skus(found) == [wanted.sku]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "{", "tr", '": "'])
async def test_words_are_taken_as_they_are_and_looked_for_in_names_alone(
    partner: PartnerClient, shelf: Shelf, words: str
) -> None:
    await shelf.put()

    found = await partner.get(PRODUCTS, page=1, total=5, category=shelf.category, q=words)

    assert skus(found) == []


async def test_what_is_sold_out_can_be_left_aside(partner: PartnerClient, shelf: Shelf) -> None:
    there, out = await shelf.put(stock=1), await shelf.put(stock=0)

    async def found(in_stock: str) -> list[object]:
        return skus(
            await partner.get(PRODUCTS, page=1, total=5, category=shelf.category, in_stock=in_stock)
        )

    assert await found("true") == [there.sku]
    assert await found("false") == [out.sku]
    assert await found("") == [there.sku, out.sku]


@pytest.mark.parametrize(
    ("by", "expected"),
    [("", "abc"), ("id", "abc"), ("name", "bca"), ("sale_price", "cab"), ("stock", "bac")],
)
async def test_a_list_is_sorted_by_what_was_asked(
    partner: PartnerClient, shelf: Shelf, by: str, expected: str
) -> None:
    letters = {
        (await shelf.put(name=("Z", "Z"), micrograms=2_000_000, stock=5)).sku: "a",
        (await shelf.put(name=("A", "A"), micrograms=3_000_000, stock=2)).sku: "b",
        (await shelf.put(name=("Ç", "Ç"), micrograms=1_000_000, stock=9)).sku: "c",
    }

    async def sorted_as(direction: str) -> str:
        reply = await partner.get(
            PRODUCTS,
            page=1,
            total=5,
            category=shelf.category,
            sortBy=by,
            sortType=direction,
        )
        return "".join(letters[str(sku)] for sku in skus(reply))

    assert await sorted_as("asc") == await sorted_as("") == expected
    assert await sorted_as("desc") == expected[::-1]


async def test_a_list_by_price_is_paged_like_any_other(
    partner: PartnerClient, shelf: Shelf
) -> None:
    made = [(await shelf.put(micrograms=(9 - n) * 1_000_000)).sku for n in range(7)]

    pages = [
        await partner.get(
            PRODUCTS, page=page, total=5, category=shelf.category, sortBy="sale_price"
        )
        for page in (1, 2)
    ]

    assert [sku for page in pages for sku in skus(page)] == made[::-1]
    assert pages[1].data["total"] == 7


async def test_a_price_has_its_eight_keys_in_order(partner: PartnerClient, market: Market) -> None:
    await market.moves(gold=20_000_125)

    reply = await partner.get(PRICES, sku=LAST_PIECES)

    (price,) = reply.items
    assert list(price.items()) == [
        ("id", 3000003),
        ("sku", LAST_PIECES),
        ("currency_code", "TRY"),
        ("spot_price", 2000.0125),
        ("list_price", 4000.03),
        ("sale_price", 4000.03),
        ("stock", 3),
        ("updated_at", "2026-06-01T09:00:00.000000Z"),
    ]


async def test_prices_of_some_skus_are_told_and_unknown_ones_left_out(
    partner: PartnerClient,
) -> None:
    reply = await partner.get(PRICES, sku=f"{SILVER_BAR}, {GOLD_BAR},,NOSUCH")

    assert set(skus(reply)) == {GOLD_BAR, SILVER_BAR}


async def test_a_list_of_skus_has_a_limit(partner: PartnerClient) -> None:
    reply = await partner.get(PRICES, sku=",".join(["A"] * 501))

    assert (reply.status, list(reply.errors)) == (422, ["sku"])


async def test_a_price_is_what_a_basket_then_asks(partner: PartnerClient) -> None:
    prices = await partner.get(PRICES, sku=f"{GOLD_BAR},{SILVER_COIN}")
    customer = await partner.new_customer()

    for price in prices.items:
        basket = await partner.new_basket(customer, sku=str(price["sku"]))
        assert basket.data["price"] == price["sale_price"]


async def test_a_list_price_is_the_operators_and_never_below_the_partners(
    partner: PartnerClient, shelf: Shelf, db: Database
) -> None:
    cheaper, dearer = [await shelf.put(parts={Part.MINTED_MARKUP: (5_000, 0)}) for _ in range(2)]
    own = {
        ProductId(cheaper.product_id): {Part.MINTED_MARKUP: PartRule(1_000, 0)},
        ProductId(dearer.product_id): {Part.MINTED_MARKUP: PartRule(9_000, 0)},
    }
    async with db.transaction() as tx:
        partner_id = partner.sign_in.partner.partner_id
        await pricing.set_partner_parts(tx, partner_id, own, currency=Currency.TRY)

    reply = await partner.get(PRICES, category=shelf.category)

    prices = {each["sku"]: (each["list_price"], each["sale_price"]) for each in reply.items}
    assert prices == {cheaper.sku: (2050, 2010), dearer.sku: (2090, 2090)}


async def test_a_catalogue_price_is_before_tax(partner: PartnerClient, shelf: Shelf) -> None:
    goods = await shelf.put(tax=TaxClass.ON_FULL_PRICE)

    product = await partner.get(PRODUCT, sku=goods.sku)

    assert product.data["sale_price"] == 2000


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (PRODUCTS, {"page": "1", "total": "5", "category": "metals"}),
        (PRODUCT, {"sku": GOLD_BAR}),
        (PRICES, {"sku": GOLD_BAR}),
    ],
)
async def test_nothing_is_quoted_from_a_stale_or_halted_market(
    partner: PartnerClient, clock: FakeClock, market: Market, path: str, query: dict[str, str]
) -> None:
    await market.halts(Metal.GOLD, reason="counting")
    halted = await partner.call("GET", path, query=query)
    await market.moves()
    clock.advance(seconds=31)
    stale = await partner.call("GET", path, query=query)

    assert (halted.status, halted.body["code"]) == (503, 50302)
    assert "counting" in str(halted.body["message"])
    assert (stale.status, stale.body["code"]) == (503, 50301)


async def test_categories_are_a_tree_in_the_operators_order(partner: PartnerClient) -> None:
    reply = await partner.get(CATEGORIES)

    (metals,) = (each for each in reply.items if each["slug"] == "metals")
    assert list(metals) == ["id", "name", "slug", "children"]
    children = metals["children"]
    assert isinstance(children, list)
    assert [(c["name"], c["slug"], c["children"]) for c in children] == [
        ("Bars", "bars", []),
        ("Coins", "coins", []),
    ]
