"""The demo shop's catalogue: what a Turkish gold shop has on its shelves."""

from typing import Final

from bezant.cli.demo.catalogue.categories import CATEGORIES
from bezant.cli.demo.catalogue.gold_bars import GOLD_BARS
from bezant.cli.demo.catalogue.gold_coins import GOLD_COINS
from bezant.cli.demo.catalogue.items import DemoCategory, DemoProduct, Tax, Translated, ean13
from bezant.cli.demo.catalogue.platinum_group import PLATINUM_GROUP
from bezant.cli.demo.catalogue.silver import SILVER
from bezant.cli.demo.catalogue.wording import picture_fineness, picture_label

__all__ = [
    "CATEGORIES",
    "PRODUCTS",
    "DemoCategory",
    "DemoProduct",
    "Tax",
    "Translated",
    "ean13",
    "picture_fineness",
    "picture_label",
]

PRODUCTS: Final = (*GOLD_BARS, *GOLD_COINS, *SILVER, *PLATINUM_GROUP)
"""Every product, in the order that a shop would show them."""
