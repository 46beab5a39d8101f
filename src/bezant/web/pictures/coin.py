"""A struck coin seen from the front or the back, around the origin."""

from math import pi
from typing import Final, Literal

from bezant.web.pictures.metals import TONES, Tones
from bezant.web.pictures.ornament import (
    SERIF,
    beads,
    embossed,
    embossed_lines,
    fitting_size,
    laurel,
    lettering,
    rosette,
    star,
    stems,
)
from bezant.web.pictures.picture import Picture
from bezant.web.pictures.svg import Markup, element, moved, number, together, words

RADIUS: Final = 330
_FIELD: Final = 292
_REEDS: Final = 180
_ARC: Final = 234


def coin_front(picture: Picture) -> Markup:
    """The face with the name inside a laurel wreath, and the weight under it."""
    tones = TONES[picture.metal]
    name = fitting_size(picture.legend, width=250, largest=66)
    weight = fitting_size(picture.label, width=190, largest=48)
    flower = embossed_lines(rosette(46, petals=8), tones, width=1.5)
    return together(
        [
            _blank(tones),
            embossed_lines(stems(212), tones, width=3),
            embossed(laurel(212), tones, depth=1.6),
            element("g", flower, transform=moved(0, -104)),
            embossed(lettering(picture.legend, y=14, size=name, spacing=2), tones, depth=2.2),
            embossed(lettering(picture.label, y=82, size=weight, spacing=1), tones, depth=1.8),
            _sheen(),
        ]
    )


def coin_back(picture: Picture) -> Markup:
    """The face with the star, and the fineness and the weight around it."""
    tones = TONES[picture.metal]
    return together(
        [
            _blank(tones),
            embossed_lines(rosette(204, petals=24), tones, width=1.2),
            element("circle", r=134, fill="url(#field)", stroke=tones.shade, stroke_width=1.5),
            embossed_lines(star(124), tones, width=3),
            embossed(lettering(tones.symbol, y=22, size=66), tones, depth=2.2),
            embossed(_around(f"{tones.symbol} {picture.fineness}", arc="over"), tones),
            embossed(_around(picture.label, arc="under"), tones),
            _sheen(),
        ]
    )


def coin_definitions() -> Markup:
    """What the drawings of a coin refer to: its outline, and the arcs that carry letters."""
    r, low = _ARC, _ARC + 26
    return together(
        [
            element("clipPath", element("circle", r=_FIELD), id="coin"),
            element("path", d=f"M{-r} 0A{r} {r} 0 0 1 {r} 0", id="over"),
            element("path", d=f"M{-low} 0A{low} {low} 0 0 0 {low} 0", id="under"),
        ]
    )


def _blank(tones: Tones) -> Markup:
    """The bare coin: reeded edge, raised rim, ring of beads, field."""
    reed = 2 * pi * (RADIUS - 5) / _REEDS / 2
    edge = element(
        "circle",
        r=RADIUS - 5,
        fill="none",
        stroke=tones.deep,
        stroke_width=10,
        stroke_dasharray=f"{reed:.4f}",
        opacity=0.55,
    )
    dotted = beads(RADIUS - 50, count=110, size=8)
    return together(
        [
            element("circle", r=RADIUS, fill="url(#rim)"),
            edge,
            element("circle", r=RADIUS - 10, fill="url(#rim)"),
            element("circle", r=RADIUS - 32, fill="url(#rim-back)"),
            element("circle", r=RADIUS - 38, fill="url(#field)"),
            embossed_lines(dotted, tones, width=8),
        ]
    )


def _around(text: str, *, arc: Literal["over", "under"]) -> Markup:
    size = fitting_size(text, width=420, largest=44)
    along = element(
        "textPath", words(text), href=f"#{arc}", startOffset="50%", text_anchor="middle"
    )
    return element(
        "text",
        along,
        font_family=SERIF,
        font_weight="bold",
        font_size=number(size),
        letter_spacing=3,
    )


def _sheen() -> Markup:
    """Wedges of light through the middle, as a turned field throws them back."""
    wedges = "M0 0L-330 -210L-240 -300ZM0 0L330 210L240 300ZM0 0L-330 40L-330 90ZM0 0L330 -40V-90Z"
    return element("path", d=wedges, fill="#fff", opacity=0.14, clip_path="url(#coin)")
