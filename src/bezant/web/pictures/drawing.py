"""From a `Picture` to a whole SVG document."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bezant.catalog.model import Shape
from bezant.web.pictures.bar import bar_back, bar_definitions, bar_front
from bezant.web.pictures.coin import coin_back, coin_definitions, coin_front
from bezant.web.pictures.metals import TONES, gradients
from bezant.web.pictures.packages import capsule, card, package_definitions
from bezant.web.pictures.picture import Picture, Side
from bezant.web.pictures.svg import Markup, element, moved, together, words

SIZE: Final = 800


@lru_cache(maxsize=128)
def draw(picture: Picture) -> str:
    """The SVG document of `picture`: a square of 800 units on a light ground."""
    definitions = element("defs", gradients(TONES[picture.metal]), _studio(), _definitions(picture))
    piece = element("g", _PIECES[picture.shape, picture.side](picture), filter="url(#shadow)")
    return element(
        "svg",
        element("title", words(f"{picture.legend} {picture.label} {picture.fineness}")),
        definitions,
        element("rect", width=SIZE, height=SIZE, fill="url(#ground)"),
        element("g", piece, transform=moved(SIZE / 2, SIZE / 2)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {SIZE} {SIZE}",
        role="img",
    )


_PIECES: Final[dict[tuple[Shape, Side], Callable[[Picture], Markup]]] = {
    (Shape.BAR, Side.FRONT): bar_front,
    (Shape.BAR, Side.BACK): bar_back,
    (Shape.BAR, Side.PACKAGE): card,
    (Shape.COIN, Side.FRONT): coin_front,
    (Shape.COIN, Side.BACK): coin_back,
    (Shape.COIN, Side.PACKAGE): capsule,
}


def _definitions(picture: Picture) -> Markup:
    """Only what this picture refers to."""
    tones = TONES[picture.metal]
    shape = bar_definitions(tones) if picture.shape is Shape.BAR else coin_definitions()
    return together([shape, package_definitions()]) if picture.side is Side.PACKAGE else shape


def _studio() -> Markup:
    """The light ground and the soft shadow that every piece throws on it."""
    ground = together(
        element("stop", offset=f"{at}%", stop_color=colour)
        for at, colour in ((0, "#ffffff"), (62, "#f6f6f4"), (100, "#e4e3df"))
    )
    shadow = element(
        "feDropShadow", dx=5, dy=12, stdDeviation=11, flood_color="#3a3325", flood_opacity=0.42
    )
    return together(
        [
            element("radialGradient", ground, id="ground", cx="42%", cy="36%", r="76%"),
            element("filter", shadow, id="shadow", x="-12%", y="-12%", width="124%", height="126%"),
        ]
    )
