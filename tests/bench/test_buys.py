"""Tests of the purchases' load and of what is said of them."""

import pytest
from msgspec import json

from bench.buys import BuyFigures, Buys
from bench.buys_report import buy_targets
from bench.traders import GRAMS, TOPUP, customer_body
from bezant.web.partner.wire.digital_orders import DigitalBuy


def figures(*, per_second: float, p99_ms: float) -> BuyFigures:
    """What was measured beside 2,000 bare double entries a second."""
    buys = Buys(per_second=per_second, p50_ms=1.0, p99_ms=p99_ms, fixes_per_second=1.0)
    return BuyFigures(buys=buys, bare_per_second=2_000.0, orders=1)


@pytest.mark.parametrize(
    ("per_second", "p99_ms", "met"),
    [(400.0, 39.9, [True, True]), (399.0, 40.0, [False, False])],
)
def test_a_target_is_met_to_its_last_purchase(
    per_second: float, p99_ms: float, met: list[bool]
) -> None:
    found = buy_targets(figures(per_second=per_second, p99_ms=p99_ms))

    assert [target.is_met for target in found] == met


def test_what_a_trader_sends_is_what_the_door_reads() -> None:
    sent = {
        "price_token": "t" * 32,
        "external_id": "bench-1",
        "customer": customer_body("100001"),
        "items": [{"sku": "GAU", "amount": GRAMS}],
        "topup": {"price": TOPUP},
    }

    read = json.decode(json.encode(sent), type=DigitalBuy)

    assert read.customer is not None
    assert read.customer.external_id == "100001"
