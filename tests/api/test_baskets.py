"""One basket: what is put in, taken out, and how its figures add up."""

import pytest

from bezant.baskets.model import MAX_LINES
from bezant.catalog.model import TaxClass
from bezant.kernel.db import Database
from bezant.kernel.metal import Metal
from bezant.pricing import service as pricing
from bezant.pricing.model import Part
from tests.api.places import at
from tests.api.rows import rows_of
from tests.api.shelf import Shelf
from tests.api.shopper import EMPTY, PATH, Shopper, held
from tests.factories.catalog import (
    CREDIT_BIN,
    GOLD_BAR,
    LAST_PIECES,
    SILVER_BAR,
    SILVER_COIN,
    UNKNOWN_BIN,
)
from tests.factories.client import PartnerClient
from tests.factories.shop import Reply

FIGURES = (
    "price",
    "tax",
    "delivery_price",
    "insurance_price",
    "market_commission",
    "minted_markup_price",
    "silver_craftsmanship",
    "total",
    "payment_cost",
    "paid_total",
)


def figures(reply: Reply) -> list[object]:
    """The ten sums of a basket, in the wire's order."""
    assert reply.status == 200, reply.body
    return [reply.data[name] for name in FIGURES]


async def test_a_new_basket_holds_what_was_put_in(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    basket = await partner.new_basket(customer, amount=2)

    assert basket.data["order_creation_status"] == "basket"
    assert (basket.data["status_id"], basket.data["status_name"]) == (1, "Created")
    assert basket.data["currency_code"] == "TRY"
    for name in ("external_id", "payment", "shippingaddress", "billingaddress"):
        assert basket.data[name] is None
    assert at(basket.data, "customer", "external_id") == customer
    assert held(basket) == {GOLD_BAR: 2}


async def test_each_addition_without_a_token_makes_another_basket(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    first, second = await partner.new_basket(customer), await partner.new_basket(customer)

    assert first.data["token"] != second.data["token"]
    assert first.data["guid"] != second.data["guid"]
    assert first.data["increment_id"] != second.data["increment_id"]


async def test_an_item_has_the_published_keys_in_their_order(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner, sku=SILVER_BAR, amount=3)

    (item,) = (await shopper.look()).items

    assert [(key, value) for key, value in item.items() if key != "product_images"] == [
        ("item_currency_id", 1000007),
        ("item_currency_name", "Physical Silver"),
        ("product_id", 3000100),
        ("sku", SILVER_BAR),
        ("product_name", f"Product {SILVER_BAR}"),
        ("product_weight", 100),
        ("price", 3265),
        ("tax_rate", 20),
        ("tax", 159),
        ("amount", 3),
        ("total", 9954),
        (
            "prices",
            [
                {"id": 1, "name": "Minted Markup", "price": 250},
                {"id": 2, "name": "Insurance", "price": 15},
                {"id": 4, "name": "Shipping", "price": 0},
                {"id": 3, "name": "Market commission", "price": 0},
            ],
        ),
    ]
    assert list(item)[10:] == ["total", "product_images", "prices"]


@pytest.mark.parametrize(
    ("sku", "amount", "expected"),
    [
        # 2020.00 metal + 10.00 + 4.04 + 20.34, no tax.
        (GOLD_BAR, 1, [2054.38, 0, 0, 4.04, 20.34, 10, 0, 2054.38, 0, 2054.38]),
        (GOLD_BAR, 3, [6163.14, 0, 0, 12.12, 61.02, 30, 0, 6163.14, 0, 6163.14]),
        # Tax of 20 % on the 265.00 above the metal.
        (SILVER_BAR, 1, [3265, 53, 0, 15, 0, 0, 250, 3318, 0, 3318]),
        # 933.11 metal + 59.33 markup; 20 % of 992.44 is 198.488.
        (SILVER_COIN, 1, [992.44, 198.49, 0, 0, 0, 0, 59.33, 1190.93, 0, 1190.93]),
        # The tax is of the line: 20 % of 2977.32 is 595.464, not three times 198.49.
        (SILVER_COIN, 3, [2977.32, 595.46, 0, 0, 0, 0, 177.99, 3572.78, 0, 3572.78]),
    ],
)
async def test_figures_are_exact(
    partner: PartnerClient, sku: str, amount: int, expected: list[float]
) -> None:
    customer = await partner.new_customer()

    basket = await partner.new_basket(customer, sku=sku, amount=amount)

    assert figures(basket) == expected


async def test_a_basket_of_several_metals_sums_each_figure_once(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner, amount=2)
    await shopper.add(SILVER_BAR)

    basket = await shopper.add(SILVER_COIN, 3)

    # 4108.76 + 3265.00 + 2977.32; the silver's markup is craftsmanship and not markup.
    assert figures(basket) == [
        10351.08,
        648.46,
        0,
        23.08,
        40.68,
        20,
        427.99,
        10999.54,
        0,
        10999.54,
    ]
    assert [item["total"] for item in basket.items] == [4108.76, 3318, 3572.78]
    assert [item["sku"] for item in basket.items] == [GOLD_BAR, SILVER_BAR, SILVER_COIN]


async def test_a_part_is_a_fixed_amount_and_a_share_rounded_half_up_together(
    partner: PartnerClient, shelf: Shelf
) -> None:
    goods = await shelf.put(
        micrograms=1_125_000,
        parts={Part.MINTED_MARKUP: (1, 1), Part.SHIPPING: (6_500, 0), Part.INSURANCE: (0, 3)},
    )
    customer = await partner.new_customer()

    basket = await partner.new_basket(customer, sku=goods.sku)

    # 2250.00 of metal: 0.01 + 0.225 is 0.235, up to 0.24; 0.03 % is 0.675, up to 0.68.
    parts = at(basket.items, 0, "prices")
    assert isinstance(parts, list)
    assert [(part["id"], part["price"]) for part in parts] == [
        (1, 0.24),
        (2, 0.68),
        (4, 65),
        (3, 0),
    ]
    assert at(basket.items, 0, "price") == 2315.92
    assert basket.data["delivery_price"] == 65


async def test_craftsmanship_tax_is_of_all_that_exceeds_the_metal(
    partner: PartnerClient, shelf: Shelf
) -> None:
    goods = await shelf.put(
        tax=TaxClass.ON_CRAFTSMANSHIP,
        parts={
            Part.MINTED_MARKUP: (10_000, 0),
            Part.INSURANCE: (1_000, 0),
            Part.SHIPPING: (5_000, 0),
            Part.MARKET_COMMISSION: (0, 100),
        },
    )
    customer = await partner.new_customer()

    basket = await partner.new_basket(customer, sku=goods.sku)

    # 100 + 10 + 50 + 1 % of 2160.00 (21.60) are above the metal: 20 % of 181.60.
    assert figures(basket)[:2] == [2181.6, 36.32]


async def test_a_partners_own_spread_and_parts_make_its_price(
    partner: PartnerClient, other_partner: PartnerClient, shelf: Shelf, db: Database
) -> None:
    goods = await shelf.put()
    async with db.transaction() as tx:
        partner_id = partner.sign_in.partner.partner_id
        await pricing.set_spread(tx, partner_id, Metal.GOLD, basis_points=125)

    own = await partner.new_basket(await partner.new_customer(), sku=goods.sku)
    other = await other_partner.new_basket(await other_partner.new_customer(), sku=goods.sku)

    assert (own.data["price"], other.data["price"]) == (2025, 2000)


async def test_pieces_of_the_same_product_add_up(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner, amount=2)

    basket = await shopper.add(GOLD_BAR, 3)

    assert held(basket) == {GOLD_BAR: 5}
    assert basket.data["total"] == 10271.9


async def test_an_amount_is_set_and_not_added(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner, amount=2)

    basket = await shopper.set(GOLD_BAR, 7)

    assert held(basket) == {GOLD_BAR: 7}
    assert figures(await shopper.look()) == figures(basket)


async def test_no_pieces_remove_the_product(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    await shopper.add(SILVER_BAR)

    basket = await shopper.set(GOLD_BAR, 0)

    assert held(basket) == {SILVER_BAR: 1}
    assert basket.data["total"] == 3318


async def test_a_product_is_taken_out(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)
    await shopper.add(SILVER_BAR)

    basket = await shopper.take_out(SILVER_BAR)

    assert held(basket) == {GOLD_BAR: 1}
    assert basket.data["total"] == 2054.38


async def test_the_last_product_taken_out_leaves_an_empty_basket(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner, sku=SILVER_COIN, amount=2)

    basket = await shopper.take_out(SILVER_COIN)

    assert held(basket) == {}
    assert figures(basket) == [0] * len(FIGURES)


async def test_an_emptied_basket_keeps_its_token_and_can_be_filled_again(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner, amount=4)
    await shopper.add(SILVER_COIN)

    emptied = await shopper.empty()

    assert emptied.data["token"] == shopper.token
    assert held(emptied) == {}
    assert figures(emptied) == [0] * len(FIGURES)
    assert figures(await shopper.empty()) == [0] * len(FIGURES)
    assert held(await shopper.add(GOLD_BAR)) == {GOLD_BAR: 1}


@pytest.mark.parametrize(("card", "cost"), [(CREDIT_BIN, 30.82), (UNKNOWN_BIN, 0)])
async def test_each_answer_says_what_paying_with_the_card_costs(
    partner: PartnerClient, card: str, cost: float
) -> None:
    shopper = await Shopper.enter(partner, amount=2)

    changed = await shopper.set(GOLD_BAR, 1, card_bin=card)
    looked = await shopper.look(card_bin=card)
    plain = await shopper.look()

    for reply in (changed, looked):
        assert reply.data["payment_cost"] == cost
        assert reply.data["paid_total"] == pytest.approx(2054.38 + cost, abs=1e-9)
    assert plain.data["payment_cost"] == 0


async def test_half_a_kurus_of_payment_cost_is_rounded_up(
    partner: PartnerClient, shelf: Shelf
) -> None:
    # 1.5 % of 2003.00 is 30.045, which half-to-even would make 30.04.
    goods = await shelf.put(parts={Part.MINTED_MARKUP: (300, 0)})
    shopper = await Shopper.enter(partner, sku=goods.sku)

    basket = await shopper.look(card_bin=CREDIT_BIN)

    assert figures(basket)[-3:] == [2003, 30.05, 2033.05]


async def test_what_asks_for_more_than_the_stock_is_told_what_is_left(
    partner: PartnerClient,
) -> None:
    shopper = await Shopper.enter(partner, sku=LAST_PIECES, amount=2)

    refused = [await shopper.add(LAST_PIECES, 2), await shopper.set(LAST_PIECES, 4)]

    for reply in refused:
        assert (reply.status, reply.body["code"]) == (409, 40902)
        assert reply.body["message"] == "Not enough stock: 3 of LST0003 are left."
    assert held(await shopper.look()) == {LAST_PIECES: 2}
    assert held(await shopper.add(LAST_PIECES, 1)) == {LAST_PIECES: 3}


async def test_a_refused_first_addition_leaves_no_basket(
    partner: PartnerClient, db: Database
) -> None:
    customer = await partner.new_customer()
    before = await rows_of(db, partner)

    reply = await partner.post(PATH, external_customer_id=customer, sku=LAST_PIECES, amount=4)

    assert reply.status == 409
    assert await rows_of(db, partner) == before


async def test_a_basket_holds_only_so_many_pieces_of_a_product(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner, amount=9_999)

    reply = await shopper.add(GOLD_BAR)

    assert (reply.status, reply.body["code"]) == (409, 40904)
    basket = await shopper.look()
    assert held(basket) == {GOLD_BAR: 9_999}
    assert basket.data["total"] == 20541745.62


async def test_a_basket_holds_only_so_many_products(partner: PartnerClient, shelf: Shelf) -> None:
    goods = [await shelf.put() for _ in range(MAX_LINES + 1)]
    shopper = await Shopper.enter(partner, sku=goods[0].sku)
    for each in goods[1:MAX_LINES]:
        assert (await shopper.add(each.sku)).status == 200

    refused = await shopper.add(goods[MAX_LINES].sku)

    assert (refused.status, refused.body["code"]) == (409, 40903)
    full = await shopper.add(goods[0].sku)
    assert (len(full.items), full.data["total"]) == (MAX_LINES, 102_000)


@pytest.mark.parametrize("amount", [0, -1, 10_000, 1.5, "1", True, None, [1], 10**30])
async def test_an_addition_is_of_a_whole_number_of_pieces_within_bounds(
    partner: PartnerClient, amount: object
) -> None:
    customer = await partner.new_customer()

    reply = await partner.post(PATH, external_customer_id=customer, sku=GOLD_BAR, amount=amount)

    assert (reply.status, list(reply.errors)) == (422, ["amount"])


@pytest.mark.parametrize("amount", [-1, 10_000, 0.5, "0", None])
async def test_an_amount_is_set_to_a_whole_number_of_pieces_within_bounds(
    partner: PartnerClient, amount: object
) -> None:
    shopper = await Shopper.enter(partner)

    named = {"external_customer_id": shopper.customer, "cart_token": shopper.token}
    reply = await partner.patch(PATH, **named, sku=GOLD_BAR, amount=amount)

    assert (reply.status, list(reply.errors)) == (422, ["amount"])


async def test_an_unknown_product_is_not_found(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)

    added = await shopper.add("NOSUCH1")

    assert (added.status, added.body["code"]) == (404, 40401)
    for reply in (await shopper.set("NOSUCH1", 1), await shopper.take_out(SILVER_BAR)):
        assert (reply.status, reply.body["code"]) == (404, 40405)


async def test_a_withdrawn_product_is_not_added(partner: PartnerClient, shelf: Shelf) -> None:
    goods = await shelf.put()
    await shelf.withdraw(goods)
    shopper = await Shopper.enter(partner)

    reply = await shopper.add(goods.sku)

    assert (reply.status, reply.body["code"]) == (404, 40401)


async def test_an_unknown_customer_has_no_basket(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)

    new = await partner.post(PATH, external_customer_id="nobody", sku=GOLD_BAR, amount=1)
    shopper.customer = "nobody"
    existing = await shopper.look()

    assert (new.status, new.body["code"]) == (404, 40402)
    assert (existing.status, existing.body["code"]) == (404, 40404)


async def test_another_customers_token_finds_nothing(partner: PartnerClient, db: Database) -> None:
    shopper, neighbour = await Shopper.enter(partner), await Shopper.enter(partner)
    before = await rows_of(db, partner)
    shopper.token = neighbour.token

    replies = [
        await shopper.look(),
        await shopper.add(GOLD_BAR),
        await shopper.set(GOLD_BAR, 2),
        await shopper.take_out(GOLD_BAR),
        await shopper.empty(),
    ]

    for reply in replies:
        assert (reply.status, reply.body["code"]) == (404, 40404)
    assert await rows_of(db, partner) == before


@pytest.mark.parametrize("token", ["short", "x" * 33, "x" * 32 + "\n", "ğ" * 32, "-" * 32, 5])
async def test_a_token_is_thirty_two_letters_and_digits(
    partner: PartnerClient, token: object
) -> None:
    reply = await partner.delete(EMPTY, external_customer_id="c1", cart_token=token)

    assert (reply.status, list(reply.errors)) == (422, ["cart_token"])


async def test_all_that_is_missing_is_said_at_once(partner: PartnerClient) -> None:
    reply = await partner.patch(PATH)

    assert reply.status == 422
    assert list(reply.errors) == ["external_customer_id", "cart_token", "sku", "amount"]


@pytest.mark.parametrize("spelling", ["customer_external_id", "external_customer_id"])
async def test_either_spelling_of_the_customer_is_taken(
    partner: PartnerClient, spelling: str
) -> None:
    customer = await partner.new_customer()

    sent = {spelling: customer, "sku": GOLD_BAR, "amount": 1, "a_field": "of no matter"}
    basket = await partner.call("POST", PATH, body=sent)
    found = await partner.call(
        "GET", PATH, query={spelling: customer, "cart_token": basket.data["token"]}
    )

    assert (basket.status, found.status) == (200, 200)
    assert found.data["token"] == basket.data["token"]
