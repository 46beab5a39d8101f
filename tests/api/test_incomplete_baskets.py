"""Get Incomplete Baskets: the page that the whole wire grew from."""

import pytest

from bezant.kernel.db import Database
from tests.api.market import Market
from tests.api.places import at
from tests.api.rows import rows_of
from tests.factories.catalog import (
    CREDIT_BIN,
    DEBIT_BIN,
    GOLD_BAR,
    LAST_PIECES,
    SILVER_BAR,
    UNKNOWN_BIN,
)
from tests.factories.checkout import Buyer
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock
from tests.factories.shop import Reply

PATH = "/partner/ecom/baskets"


async def several_baskets(partner: PartnerClient, clock: FakeClock, count: int) -> list[str]:
    """The tokens of so many baskets of customer `c-many`, made a second apart, oldest first."""
    await partner.new_customer(external_id="c-many")
    tokens = []
    for _ in range(count):
        tokens.append(str((await partner.new_basket("c-many")).data["token"]))
        clock.advance(seconds=1)
    return tokens


def tokens_of(page: Reply) -> list[object]:
    """The tokens of the baskets on a page."""
    return [basket["token"] for basket in page.items]


async def test_a_basket_of_the_customer_is_listed(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    basket = await partner.new_basket(customer)

    page = await partner.get(PATH, customer_external_id=customer)

    assert page.status == 200
    assert page.data["total"] == 1
    listed = page.items[0]
    assert listed["token"] == basket.data["token"]
    assert listed["price"] == 2054.38
    assert "pricefix" not in listed
    assert "pricefix" in basket.data


async def test_a_listed_basket_is_the_basket_without_its_hold(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    basket = await partner.new_basket(customer, sku=SILVER_BAR, amount=3)

    page = await partner.get(PATH, customer_external_id=customer)

    alone = {name: value for name, value in basket.data.items() if name != "pricefix"}
    assert list(page.items[0].items()) == list(alone.items())
    assert next(iter(basket.data)) == "pricefix"


async def test_the_newest_basket_comes_first(partner: PartnerClient, clock: FakeClock) -> None:
    tokens = await several_baskets(partner, clock, 3)

    page = await partner.get(PATH, customer_external_id="c-many")

    assert tokens_of(page) == tokens[::-1]


async def test_baskets_of_one_moment_are_listed_newest_first_and_once_each(
    partner: PartnerClient,
) -> None:
    customer = await partner.new_customer()
    tokens = [(await partner.new_basket(customer)).data["token"] for _ in range(3)]

    pages = [
        await partner.get(PATH, customer_external_id=customer, total=1, page=number)
        for number in (1, 2, 3)
    ]

    assert [token for page in pages for token in tokens_of(page)] == tokens[::-1]


async def test_the_second_of_three_pages_knows_its_neighbours(
    partner: PartnerClient, clock: FakeClock
) -> None:
    tokens = await several_baskets(partner, clock, 5)

    page = await partner.get(PATH, customer_external_id="c-many", page=2, total=2)

    assert tokens_of(page) == [tokens[2], tokens[1]]
    assert [(key, value) for key, value in page.data.items() if key not in {"data", "links"}] == [
        ("current_page", 2),
        ("first_page_url", "/?page=1"),
        ("from", 3),
        ("last_page", 3),
        ("last_page_url", "/?page=3"),
        ("next_page_url", "/?page=3"),
        ("path", "/"),
        ("per_page", 2),
        ("prev_page_url", "/?page=1"),
        ("to", 4),
        ("total", 5),
    ]
    assert page.data["links"] == [
        {"url": "/?page=1", "label": "pagination.previous", "active": False},
        {"url": "/?page=1", "label": "1", "active": False},
        {"url": "/?page=2", "label": "2", "active": True},
        {"url": "/?page=3", "label": "3", "active": False},
        {"url": "/?page=3", "label": "pagination.next", "active": False},
    ]


async def test_ten_baskets_make_a_page_unless_told(
    partner: PartnerClient, clock: FakeClock
) -> None:
    await several_baskets(partner, clock, 11)

    first = await partner.get(PATH, customer_external_id="c-many")
    last = await partner.get(PATH, customer_external_id="c-many", page=2)

    assert (len(first.items), len(last.items)) == (10, 1)
    assert first.data["per_page"] == 10
    assert (last.data["from"], last.data["to"]) == (11, 11)
    assert last.data["next_page_url"] is None


async def test_a_page_past_the_end_is_an_empty_page(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer)

    page = await partner.get(PATH, customer_external_id=customer, page=7)

    assert page.status == 200
    assert page.items == []
    assert [page.data[name] for name in ("current_page", "from", "to", "total", "last_page")] == [
        7,
        None,
        None,
        1,
        1,
    ]
    assert page.data["next_page_url"] is None


async def test_a_customer_without_baskets_has_one_empty_page(partner: PartnerClient) -> None:
    customer = await partner.new_customer()

    page = await partner.get(PATH, customer_external_id=customer)

    assert (page.status, page.items) == (200, [])
    assert [page.data[name] for name in ("current_page", "from", "to", "total", "last_page")] == [
        1,
        None,
        None,
        0,
        1,
    ]


async def test_an_unknown_customer_has_the_empty_page_of_a_known_one(
    partner: PartnerClient,
) -> None:
    customer = await partner.new_customer()
    known = await partner.get(PATH, customer_external_id=customer)

    unknown = await partner.get(PATH, customer_external_id="nobody")

    assert unknown.status == 200
    assert unknown.body == known.body


async def test_baskets_of_another_customer_are_not_listed(partner: PartnerClient) -> None:
    customer, neighbour = await partner.new_customer(), await partner.new_customer()
    await partner.new_basket(neighbour)

    page = await partner.get(PATH, customer_external_id=customer)

    assert page.items == []


@pytest.mark.parametrize("spelling", ["customer_external_id", "external_customer_id"])
async def test_the_customer_may_be_named_in_either_spelling(
    partner: PartnerClient, spelling: str
) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer)

    page = await partner.call("GET", PATH, query={spelling: customer})

    assert page.data["total"] == 1


async def test_a_day_runs_from_midnight_to_midnight_in_istanbul(
    partner: PartnerClient, clock: FakeClock, market: Market
) -> None:
    await partner.new_customer(external_id="c-days")
    tokens = {}
    # Midnight in Istanbul is 21:00 in UTC, twelve hours after the clock's first moment.
    for moment, step in (
        ("first's last second", 12 * 3600 - 1),
        ("second's first", 1),
        ("second's last", 24 * 3600 - 1),
        ("third's first", 1),
    ):
        clock.advance(seconds=step)
        await market.moves()
        tokens[moment] = (await partner.new_basket("c-days")).data["token"]

    async def between(first: str, last: str) -> set[object]:
        page = await partner.get(PATH, customer_external_id="c-days", startDate=first, endDate=last)
        assert page.data["total"] == len(page.items)
        return set(tokens_of(page))

    second = {tokens["second's first"], tokens["second's last"]}
    assert await between("2026-06-02", "2026-06-02") == second
    assert await between("2026-06-01", "2026-06-02") == second | {tokens["first's last second"]}
    assert await between("2026-06-02", "2026-06-03") == second | {tokens["third's first"]}
    assert await between("2026-06-04", "2026-06-30") == set()


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"startDate": "2026-06-01"}, "endDate"),
        ({"endDate": "2026-06-01"}, "startDate"),
        ({"startDate": "2026-06-02", "endDate": "2026-06-01"}, "endDate"),
        ({"startDate": "2026-02-30", "endDate": "2026-06-01"}, "startDate"),
        ({"startDate": "01-06-2026", "endDate": "2026-06-01"}, "startDate"),
        ({"startDate": "2026-06-01", "endDate": "2026-06-01T00:00:00"}, "endDate"),
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"page": "1.5"}, "page"),
        ({"total": "0"}, "total"),
        ({"total": "101"}, "total"),
        ({"total": "ten"}, "total"),
        ({"card_bin": "45436"}, "card_bin"),
        ({"card_bin": "4543600"}, "card_bin"),
        ({"card_bin": "45436x"}, "card_bin"),
        ({"card_bin": "٤٥٤٣٦٠"}, "card_bin"),
        ({"customer_external_id": "c" * 111}, "customer_external_id"),
        ({"customer_external_id": ""}, "customer_external_id"),
    ],
)
async def test_what_is_wrong_with_the_query_is_said_by_field(
    partner: PartnerClient, sent: dict[str, str], wrong: str
) -> None:
    query = {"customer_external_id": "c1"} | sent

    reply = await partner.call("GET", PATH, query=query)

    assert (reply.status, reply.body["code"]) == (422, 42200)
    assert list(reply.errors) == [wrong]
    assert reply.body["data"] is None
    assert reply.body["success"] is False


@pytest.mark.parametrize(
    ("first", "last"), [("2026-06-01", "9999-12-31"), ("0001-01-01", "2026-06-01")]
)
async def test_dates_may_be_as_far_as_the_calendar_goes(
    partner: PartnerClient, first: str, last: str
) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer)

    page = await partner.get(PATH, customer_external_id=customer, startDate=first, endDate=last)

    assert page.status == 200
    assert page.data["total"] == 1


async def test_with_a_card_each_basket_says_what_paying_it_at_once_costs(
    partner: PartnerClient,
) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer)
    await partner.new_basket(customer, sku=SILVER_BAR)

    page = await partner.get(PATH, customer_external_id=customer, card_bin=CREDIT_BIN)

    costs = [[b[name] for name in ("total", "payment_cost", "paid_total")] for b in page.items]
    # 1.5 % of 3318.00 is 49.77; of 2054.38 it is 30.8157.
    assert costs == [[3318, 49.77, 3367.77], [2054.38, 30.82, 2085.2]]


@pytest.mark.parametrize(("card", "cost"), [(DEBIT_BIN, 30.82), (UNKNOWN_BIN, 0), (None, 0)])
async def test_what_paying_costs_depends_on_the_card(
    partner: PartnerClient, card: str | None, cost: float
) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer, sku=GOLD_BAR)
    query = {"card_bin": card} if card else {}

    page = await partner.get(PATH, customer_external_id=customer, **query)

    assert at(page.items, 0, "payment_cost") == cost


async def test_the_list_prices_nothing_anew_and_writes_nothing(
    partner: PartnerClient, db: Database, clock: FakeClock, market: Market
) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer)
    clock.advance(seconds=3_600)
    await market.moves(gold=40_000_000)
    before = await rows_of(db, partner)

    page = await partner.get(PATH, customer_external_id=customer, card_bin=CREDIT_BIN)

    assert at(page.items, 0, "price") == 2054.38
    assert await rows_of(db, partner) == before


async def test_the_list_is_read_while_nothing_can_be_priced(
    partner: PartnerClient, clock: FakeClock
) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer, sku=LAST_PIECES)
    clock.advance(seconds=3_600)

    page = await partner.get(PATH, customer_external_id=customer)

    assert (page.status, at(page.items, 0, "price")) == (200, 4000)


async def test_a_basket_that_became_an_order_is_listed_no_more(partner: PartnerClient) -> None:
    buyer = await Buyer.enter(partner)
    left = await partner.new_basket(buyer.customer)
    await buyer.complete()

    page = await partner.get(PATH, customer_external_id=buyer.customer)

    assert tokens_of(page) == [left.data["token"]]
    assert page.data["total"] == 1


async def test_texts_are_in_the_language_that_was_asked_for(partner: PartnerClient) -> None:
    customer = await partner.new_customer()
    await partner.new_basket(customer)

    named = {}
    for language in ("tr", "en", "de"):
        page = await partner.call(
            "GET",
            PATH,
            query={"customer_external_id": customer},
            headers={"Accept-Language": language},
        )
        item = at(page.items, 0, "items", 0)
        parts = at(item, "prices")
        assert isinstance(parts, list)
        named[language] = [at(item, "product_name"), *(part["name"] for part in parts)]
        assert at(page.items, 0, "status_name") == "Created"
        assert at(item, "item_currency_name") == "Physical Gold"

    assert named["tr"] == ["Ürün MNT0001", "Minted Markup", "Sigorta", "Kargo", "Market Komisyon"]
    assert named["en"] == [
        "Product MNT0001",
        "Minted Markup",
        "Insurance",
        "Shipping",
        "Market commission",
    ]
    assert named["de"] == named["tr"]
