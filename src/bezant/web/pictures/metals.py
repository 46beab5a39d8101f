"""How each metal takes the light: five tones, and the gradients made from them.

The light comes from the upper left in every drawing.
"""

from dataclasses import dataclass
from typing import Final

from bezant.kernel.metal import Metal
from bezant.web.pictures.svg import Markup, Value, element, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Tones:
    """A metal's tones from the brightest glint to the deepest shadow, and its symbol."""

    symbol: str
    glint: str
    light: str
    body: str
    shade: str
    deep: str


TONES: Final = {
    Metal.GOLD: Tones(
        symbol="Au",
        glint="#fff8d6",
        light="#f8dc7e",
        body="#dcae42",
        shade="#a87420",
        deep="#5c3a08",
    ),
    Metal.SILVER: Tones(
        symbol="Ag",
        glint="#ffffff",
        light="#eef1f4",
        body="#c6ccd2",
        shade="#8b929a",
        deep="#474d54",
    ),
    Metal.PLATINUM: Tones(
        symbol="Pt",
        glint="#fbf9f4",
        light="#dedad1",
        body="#b1aca1",
        shade="#7b766b",
        deep="#403c34",
    ),
    Metal.PALLADIUM: Tones(
        symbol="Pd",
        glint="#f1f6fc",
        light="#c9d4e1",
        body="#94a4b7",
        shade="#5d6d81",
        deep="#2d3846",
    ),
}


def gradients(tones: Tones) -> Markup:
    """The gradients that drawings fill with: `#field`, `#rim`, `#rim-back`, `#relief`."""
    glint, light, body = tones.glint, tones.light, tones.body
    shade, deep = tones.shade, tones.deep
    field = [(0, light), (22, glint), (40, light), (62, body), (82, light), (100, body)]
    rim = [(0, glint), (30, light), (52, body), (78, shade), (100, deep)]
    back = [(0, deep), (30, shade), (60, body), (86, light), (100, glint)]
    relief = [(0, body), (50, shade), (100, body)]
    return together(
        [
            _diagonal("field", field),
            _diagonal("rim", rim),
            _diagonal("rim-back", back),
            _diagonal("relief", relief),
        ]
    )


def stops(colours: list[tuple[int, str]], *, opacity: Value = 1) -> Markup:
    """Gradient stops at whole percents."""
    return together(
        element("stop", offset=f"{at}%", stop_color=colour, stop_opacity=opacity)
        for at, colour in colours
    )


def _diagonal(name: str, colours: list[tuple[int, str]]) -> Markup:
    return element("linearGradient", stops(colours), id=name, x1=0, y1=0, x2=1, y2=1)
