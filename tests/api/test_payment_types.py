"""The ways to pay a basket, and what each costs."""

import pytest

from tests.api.places import at, rows_at
from tests.api.shopper import Shopper
from tests.factories.catalog import CREDIT_BIN, DEBIT_BIN, SILVER_BAR, UNKNOWN_BIN
from tests.factories.client import PartnerClient
from tests.factories.clock import FakeClock

PATH = "/partner/ecom/payment/types"


async def test_a_credit_card_pays_in_the_instalments_of_its_bank(partner: PartnerClient) -> None:
    shopper = await Shopper.enter(partner)

    reply = await partner.get(PATH, cart_token=shopper.token, card_bin=CREDIT_BIN)

    assert [list(each.items())[:3] for each in reply.items] == [
        [("type", "cash"), ("name", "Cash"), ("is_3d", False)],
        [("type", "creditcard"), ("name", "Credit card"), ("is_3d", True)],
    ]
    assert at(reply.items, 0, "installments") == []
    # Of 2054.38: 1.5 % at once, 4 % in three, 9 % in six that the bank collects as nine.
    assert [list(each.items()) for each in rows_at(reply.items, 1, "installments")] == [
        instalment(1, 1, margin=30.82, each=2085.2, total=2085.2),
        instalment(3, 3, margin=82.18, each=712.19, total=2136.56),
        instalment(6, 9, margin=184.89, each=248.81, total=2239.27),
    ]


def instalment(
    count: int, real: int, *, margin: float, each: float, total: float
) -> list[tuple[str, object]]:
    """A row of instalments for 2054.38, its keys in the wire's order."""
    return [
        ("installment", count),
        ("real_installment", real),
        ("bin", CREDIT_BIN),
        ("amount", 2054.38),
        ("margin", margin),
        ("amount_per_installment", each),
        ("total", total),
    ]


@pytest.mark.parametrize(("card", "margin"), [(DEBIT_BIN, 49.77), (UNKNOWN_BIN, 0)])
async def test_another_card_pays_at_once(partner: PartnerClient, card: str, margin: float) -> None:
    shopper = await Shopper.enter(partner, sku=SILVER_BAR)

    reply = await partner.get(PATH, cart_token=shopper.token, card_bin=card)

    (only,) = rows_at(reply.items, 1, "installments")
    assert (only["installment"], only["bin"]) == (1, card)
    assert (only["amount"], only["margin"]) == (3318, margin)
    assert only["total"] == 3318 + margin


async def test_without_a_basket_and_a_card_the_ways_are_named(partner: PartnerClient) -> None:
    reply = await partner.call("GET", PATH, headers={"Accept-Language": "tr"})

    assert [(each["type"], each["name"]) for each in reply.items] == [
        ("cash", "Nakit"),
        ("creditcard", "Kredi kartı"),
    ]
    (only,) = rows_at(reply.items, 1, "installments")
    assert (only["amount"], only["total"], only["bin"]) == (0, 0, "")


async def test_the_ways_to_pay_an_expired_basket_are_told_without_pricing_it(
    partner: PartnerClient, clock: FakeClock
) -> None:
    shopper = await Shopper.enter(partner)
    clock.advance(seconds=3_600)

    reply = await partner.get(PATH, cart_token=shopper.token)

    assert (reply.status, at(reply.items, 1, "installments", 0, "amount")) == (200, 2054.38)


async def test_an_unknown_basket_is_not_found(partner: PartnerClient) -> None:
    reply = await partner.get(PATH, cart_token="x" * 32)

    assert (reply.status, reply.body["code"]) == (404, 40404)


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [({"cart_token": "short"}, "cart_token"), ({"card_bin": "12345"}, "card_bin")],
)
async def test_what_is_wrong_with_the_query_is_said_by_field(
    partner: PartnerClient, sent: dict[str, str], wrong: str
) -> None:
    reply = await partner.call("GET", PATH, query=sent)

    assert (reply.status, list(reply.errors)) == (422, [wrong])


WAYS = "/partner/payment/types"
BIN = "/partner/payment/bin"


async def test_the_ways_to_pay_a_sum_for_digital_metal_are_told(partner: PartnerClient) -> None:
    reply = await partner.get(WAYS, card_bin=CREDIT_BIN, total="2054.38")

    assert [each["type"] for each in reply.items] == ["cash", "creditcard"]
    assert [list(each.items()) for each in rows_at(reply.items, 1, "installments")] == [
        instalment(1, 1, margin=30.82, each=2085.2, total=2085.2),
        instalment(3, 3, margin=82.18, each=712.19, total=2136.56),
        instalment(6, 9, margin=184.89, each=248.81, total=2239.27),
    ]


async def test_the_instalments_of_a_card_are_told_by_its_first_digits(
    partner: PartnerClient,
) -> None:
    reply = await partner.post(BIN, bin=CREDIT_BIN, total=2054.38, currency_code="TRY")

    assert [list(each.items()) for each in reply.items] == [
        instalment(1, 1, margin=30.82, each=2085.2, total=2085.2),
        instalment(3, 3, margin=82.18, each=712.19, total=2136.56),
        instalment(6, 9, margin=184.89, each=248.81, total=2239.27),
    ]


async def test_eight_digits_of_a_card_are_as_good_as_six(partner: PartnerClient) -> None:
    reply = await partner.post(BIN, bin=f"{CREDIT_BIN}12", total=100)

    assert [each["installment"] for each in reply.items] == [1, 3, 6]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"bin": "45436"}, "bin"), ({"bin": "4543601"}, "bin"), ({"total": 0}, "total")],
)
async def test_what_is_no_card_or_no_sum_has_no_instalments(
    partner: PartnerClient, changes: dict[str, object], field: str
) -> None:
    reply = await partner.post(BIN, **({"bin": CREDIT_BIN, "total": 100} | changes))

    assert reply.status == 422
    assert list(reply.errors) == [field]
