"""What a product picture shows."""

from dataclasses import dataclass
from enum import StrEnum

from bezant.catalog.model import Shape
from bezant.kernel.metal import Metal


class Side(StrEnum):
    """From where the product is seen; `package` is a card for a bar, a capsule for a coin."""

    FRONT = "front"
    BACK = "back"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of one product. The three texts are struck into the metal as they are.

    `label` is the weight (`1 g`), `fineness` the purity (`999,9`), `legend` the name that
    the piece goes by (`ÇEYREK`).
    """

    shape: Shape
    metal: Metal
    side: Side
    label: str
    fineness: str
    legend: str
