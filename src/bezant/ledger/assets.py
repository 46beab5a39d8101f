"""What can be owned in the ledger: currencies in minor units, metal wallets in micrograms.

Invariants: an amount has an asset, and two assets do not add up; an amount of gold in one wallet
is no amount of gold in another. Source of the ids: the wire contract; the currencies that it
does not name are numbered by us.
"""

from decimal import Decimal
from enum import Enum
from typing import Final

import msgspec

from bezant.kernel.ids import AssetId, ProductId
from bezant.kernel.metal import Metal, MixedMetals, Weight
from bezant.kernel.money import MINOR_UNITS_PLACES, Currency, Money, exact_decimal

MICROGRAM_PLACES: Final = 6


class AssetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an asset. `step` is the least amount in which it is traded."""

    currency_id: AssetId
    product_id: ProductId | None
    name: str
    symbol: str
    step: int
    metal: Metal | None = None


class MixedAssets(TypeError):
    """Amounts of different assets met in one sum."""


def _cash(currency_id: int, name: str, symbol: str) -> AssetFacts:
    return AssetFacts(
        currency_id=AssetId(currency_id), product_id=None, name=name, symbol=symbol, step=1
    )


def _wallet(currency_id: int, product_id: int, name: str, metal: Metal, *, step: int) -> AssetFacts:
    return AssetFacts(
        currency_id=AssetId(currency_id),
        product_id=ProductId(product_id),
        name=name,
        symbol="g",
        step=step,
        metal=metal,
    )


class Asset(Enum):
    """An asset; its name is its code on the wire and in the database."""

    TRY = _cash(1000003, "Turkish Lira", "₺")
    USD = _cash(1000019, "US Dollar", "$")
    EUR = _cash(1000020, "Euro", "€")
    GBP = _cash(1000021, "Pound Sterling", "£")
    GAU = _wallet(1000004, 3000001, "Digital Gold", Metal.GOLD, step=100)
    GAG = _wallet(1000005, 3000002, "Digital Silver", Metal.SILVER, step=10_000)
    BGAU = _wallet(1000015, 3000088, "Allocated Gold", Metal.GOLD, step=100)
    BGAG = _wallet(1000016, 3000089, "Allocated Silver", Metal.SILVER, step=10_000)
    GPT = _wallet(1000017, 3000090, "Digital Platinum", Metal.PLATINUM, step=100)
    GPD = _wallet(1000018, 3000091, "Digital Palladium", Metal.PALLADIUM, step=100)

    @property
    def sku(self) -> str:
        """Its code: `GAU`, `TRY`."""
        return self.name

    @property
    def facts(self) -> AssetFacts:
        """What is known of it."""
        return self.value

    @property
    def is_cash(self) -> bool:
        """Whether it is a currency and no metal."""
        return self.value.metal is None

    @property
    def metal(self) -> Metal:
        """The metal of a wallet. A currency has none: `ValueError`."""
        if self.value.metal is None:
            raise ValueError(f"{self.name} is no metal")
        return self.value.metal

    @property
    def places(self) -> int:
        """Decimals of its smallest unit: a kuruş is 0.01, a microgram 0.000001."""
        return MINOR_UNITS_PLACES if self.is_cash else MICROGRAM_PLACES


METALS: Final = tuple(asset for asset in Asset if not asset.is_cash)
CASH: Final = tuple(asset for asset in Asset if asset.is_cash)


class Amount(msgspec.Struct, frozen=True):
    """So many of an asset's smallest unit: minor units of cash, micrograms of metal."""

    units: int
    asset: Asset

    def __post_init__(self) -> None:
        if type(self.units) is not int:
            raise TypeError(f"units are an int, not {type(self.units).__name__}")

    @classmethod
    def of_money(cls, money: Money) -> "Amount":
        """A sum of cash."""
        return cls(money.minor, Asset[money.currency])

    @classmethod
    def of_weight(cls, weight: Weight, asset: Asset) -> "Amount":
        """A weight in a wallet. Raises `MixedMetals` for a wallet of another metal."""
        if asset.metal is not weight.metal:
            raise MixedMetals(f"{weight.metal} in {asset.sku}")
        return cls(weight.micrograms, asset)

    @property
    def money(self) -> Money:
        """The cash that it is. `ValueError` for metal."""
        if not self.asset.is_cash:
            raise ValueError(f"{self.asset.sku} is no cash")
        return Money(self.units, Currency(self.asset.sku))

    @property
    def weight(self) -> Weight:
        """The metal that it is. `ValueError` for cash."""
        return Weight(self.units, self.asset.metal)

    @property
    def decimal(self) -> Decimal:
        """In whole currency units or grams, exact, without trailing zeros."""
        return exact_decimal(self.units, places=self.asset.places)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.units + self._same(other), self.asset)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.units - self._same(other), self.asset)

    def __neg__(self) -> "Amount":
        return Amount(-self.units, self.asset)

    def __lt__(self, other: "Amount") -> bool:
        return self.units < self._same(other)

    def __le__(self, other: "Amount") -> bool:
        return self.units <= self._same(other)

    def __bool__(self) -> bool:
        return self.units != 0

    def _same(self, other: "Amount") -> int:
        if not isinstance(other, Amount):
            raise TypeError(f"an amount and {type(other).__name__} do not add up")
        if other.asset is not self.asset:
            raise MixedAssets(f"{self.asset.sku} and {other.asset.sku}")
        return other.units

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.asset.sku}"
