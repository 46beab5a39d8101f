"""Products of a test's own, in a category of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from bezant.catalog import service as catalog
from bezant.catalog.model import NewCategory, NewProduct, Shape, TaxClass
from bezant.kernel.db import Database
from bezant.kernel.ids import ProductId
from bezant.kernel.metal import Metal, Weight
from bezant.kernel.money import Currency
from bezant.kernel.texts import Language
from bezant.pricing import service as pricing
from bezant.pricing.model import Part, PartRule
from tests.factories.clock import FakeClock


@dataclass(frozen=True)
class Goods:
    """What a test needs to know of a product that it made."""

    product_id: ProductId
    sku: str
    barcode: str


class Shelf:
    """Makes products, and takes all of them out of sale at the end of the test."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self._db = db
        self._clock = clock
        self.category = f"own-{uuid4().hex[:12]}"
        self._made: list[Goods] = []

    async def put(
        self,
        *,
        metal: Metal = Metal.GOLD,
        micrograms: int = 1_000_000,
        tax: TaxClass = TaxClass.NONE,
        stock: int = 1_000,
        parts: Mapping[Part, tuple[int, int]] | None = None,
        name: tuple[str, str] = ("Ürün", "Product"),
    ) -> Goods:
        """A new product of one gram of gold unless told; `parts` are minor units, 10⁻⁴."""
        number = uuid4().int
        sku, barcode = f"T{number:036X}"[-12:], f"{number % 10**13:013d}"
        weight = Weight(micrograms, metal)
        new = NewProduct(
            product_id=None,
            sku=sku,
            barcode=barcode,
            category=self.category,
            shape=Shape.BAR,
            weight=weight,
            gross_weight=weight,
            fineness=9999,
            legend="TEST",
            name={Language.TR: name[0], Language.EN: name[1]},
            text={Language.TR: "Metin", Language.EN: "Text"},
            tax_class=tax,
            stock=stock,
        )
        rules = {part: PartRule(*rule) for part, rule in (parts or {}).items()}
        async with self._db.transaction() as tx:
            names = {Language.TR: "Deneme", Language.EN: "Trial"}
            await catalog.enter_category(tx, NewCategory(self.category, None, names, 99))
            product_id = await catalog.enter_product(tx, new)
            assert product_id is not None
            await pricing.set_parts(tx, product_id, rules, currency=Currency.TRY)
        goods = Goods(product_id, sku, barcode)
        self._made.append(goods)
        return goods

    async def withdraw(self, *goods: Goods) -> None:
        """Takes products out of sale."""
        async with self._db.reading() as connection:
            await connection.execute(
                "UPDATE product SET withdrawn_at = $2 WHERE product_id = ANY ($1)",
                [each.product_id for each in goods],
                self._clock.now(),
            )

    async def clear(self) -> None:
        """Takes all products of this test out of sale, for the tests after it."""
        await self.withdraw(*self._made)
