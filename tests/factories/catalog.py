"""A small shop with round numbers, so that a test can say what a price must be.

Gold costs 2000.0000 a gram and silver 30.0000 (`set_market`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from bezant.catalog import service as catalog
from bezant.catalog.model import NewCategory, NewProduct, Shape, TaxClass
from bezant.kernel.db import Connection, Database
from bezant.kernel.ids import ProductId
from bezant.kernel.metal import Metal, PricePerGram, Weight
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language
from bezant.payments.model import CardBank, CardType, InstalmentRate
from bezant.payments.service import instalments
from bezant.pricing import service as pricing
from bezant.pricing.model import Part, PartRule
from tests.factories.vault import fill_vault

GOLD_BAR = "MNT0001"
"""1.01 g of gold, no tax: 2020.00 + 10.00 + 0.2 % (4.04) + 0 = 2034.04, + 1 % of that (20.34)
= 2054.38."""
SILVER_BAR = "SLV0100"
"""100 g of silver, 20 % tax on what is above the metal: 3000.00 + 250.00 + 15.00."""
SILVER_COIN = "SLV0031"
"""31.1035 g of silver, 20 % tax on the whole price."""
LAST_PIECES = "LST0003"
"""2 g of gold of which three pieces are left: 4000.00."""
CREDIT_BIN, DEBIT_BIN, UNKNOWN_BIN = "454360", "479610", "999999"


@dataclass(frozen=True)
class ShopItem:
    """A product of the test shop and its price parts: fixed minor units, basis points."""

    product_id: int
    sku: str
    metal: Metal
    micrograms: int
    stock: int = 1_000_000
    tax: TaxClass = TaxClass.NONE
    category: str = "bars"
    parts: Mapping[Part, tuple[int, int]] = field(default_factory=dict)


ITEMS = (
    ShopItem(
        3_000_065,
        GOLD_BAR,
        Metal.GOLD,
        1_010_000,
        parts={
            Part.MINTED_MARKUP: (1_000, 0),
            Part.INSURANCE: (0, 20),
            Part.SHIPPING: (0, 0),
            Part.MARKET_COMMISSION: (0, 100),
        },
    ),
    ShopItem(
        3_000_100,
        SILVER_BAR,
        Metal.SILVER,
        100_000_000,
        tax=TaxClass.ON_CRAFTSMANSHIP,
        parts={Part.MINTED_MARKUP: (25_000, 0), Part.INSURANCE: (0, 50)},
    ),
    ShopItem(
        3_000_031,
        SILVER_COIN,
        Metal.SILVER,
        31_103_500,
        tax=TaxClass.ON_FULL_PRICE,
        category="coins",
        parts={Part.MINTED_MARKUP: (5_000, 100)},
    ),
    ShopItem(3_000_003, LAST_PIECES, Metal.GOLD, 2_000_000, stock=3),
)

GOLD_UNITS, SILVER_UNITS = 20_000_000, 300_000


async def stock_the_shop(url: str) -> None:
    """Enters the test shop into a migrated database."""
    db = await Database.connect(url)
    try:
        async with db.transaction() as tx:
            for category in _CATEGORIES:
                await catalog.enter_category(tx, category)
            for item in ITEMS:
                product_id = await catalog.enter_product(tx, _product(item))
                assert product_id is not None
                rules = {part: PartRule(*rule) for part, rule in item.parts.items()}
                await pricing.set_parts(tx, product_id, rules, currency=Currency.TRY)
            await instalments.enter_card_banks(tx, _BANKS)
            await instalments.enter_rates(tx, "axis", _RATES)
        await fill_vault(db)
    finally:
        await db.close()


async def set_market(
    connection: "Connection | asyncpg.Connection[asyncpg.Record]",
    *,
    at: datetime,
    prices: Mapping[Metal, int] | None = None,
) -> None:
    """Makes these the newest prices in lira, in units of 10⁻⁴, and ends every halt."""
    chosen = {Metal.GOLD: GOLD_UNITS, Metal.SILVER: SILVER_UNITS} | dict(prices or {})
    await connection.execute("DELETE FROM reference_price")
    await connection.execute("DELETE FROM trading_halt")
    await connection.executemany(
        "INSERT INTO reference_price (metal, currency, price, source, at)"
        " VALUES ($1, 'TRY', $2, 'test', $3)",
        [(metal, units, at) for metal, units in chosen.items()],
    )


def price(units: int, metal: Metal = Metal.GOLD, currency: Currency = Currency.TRY) -> PricePerGram:
    """A price of a gram."""
    return PricePerGram(units, currency, metal)


def _names(tr: str, en: str) -> dict[Language, str]:
    return {Language.TR: tr, Language.EN: en}


_CATEGORIES = (
    NewCategory("metals", None, _names("Metaller", "Metals"), 1),
    NewCategory("bars", "metals", _names("Külçeler", "Bars"), 1),
    NewCategory("coins", "metals", _names("Sikkeler", "Coins"), 2),
)

_BANKS = (
    CardBank(CREDIT_BIN, "Test Bank", "axis", "VISA", CardType.CREDIT),
    CardBank(DEBIT_BIN, "Test Bank", "axis", "VISA", CardType.DEBIT),
)
_RATES = (InstalmentRate(1, 1, 150), InstalmentRate(3, 3, 400), InstalmentRate(6, 9, 900))


def _product(item: ShopItem) -> NewProduct:
    weight = Weight(item.micrograms, item.metal)
    return NewProduct(
        product_id=ProductId(item.product_id),
        sku=item.sku,
        barcode=f"869000{item.product_id}",
        category=item.category,
        shape=Shape.BAR if item.category == "bars" else Shape.COIN,
        weight=weight,
        gross_weight=weight,
        fineness=9999,
        legend="TEST",
        name=_names(f"Ürün {item.sku}", f"Product {item.sku}"),
        text=_names("Metin", "Text"),
        tax_class=item.tax,
        stock=item.stock,
    )
