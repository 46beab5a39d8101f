"""A minted bar seen from the front or the back, around the origin."""

from typing import Final

from bezant.web.pictures.metals import TONES, Tones
from bezant.web.pictures.ornament import (
    embossed,
    embossed_lines,
    fitting_size,
    lettering,
    rosette,
    waves,
)
from bezant.web.pictures.picture import Picture
from bezant.web.pictures.svg import Markup, element, moved, path_through, together

WIDTH: Final = 384
HEIGHT: Final = 640
_BEVEL: Final = 22
_FRAME: Final = 40


def bar_front(picture: Picture) -> Markup:
    """The face with the weight, the fineness and the name."""
    tones = TONES[picture.metal]
    inner = WIDTH - 2 * _FRAME - 40
    return together(
        [
            _blank(tones),
            _frame(tones),
            element(
                "g",
                embossed_lines(rosette(84, petals=12), tones, width=1.6),
                embossed(lettering(tones.symbol, y=19, size=54), tones, depth=1.6),
                transform=moved(0, -168),
            ),
            embossed(
                lettering(
                    picture.label,
                    y=32,
                    size=fitting_size(picture.label, width=inner + 30, largest=104),
                ),
                tones,
                depth=2.6,
            ),
            _rule(72, tones),
            embossed(
                lettering(
                    picture.legend,
                    y=122,
                    size=fitting_size(picture.legend, width=inner, largest=34),
                    spacing=2,
                ),
                tones,
                depth=1.4,
            ),
            embossed(
                lettering(
                    picture.fineness,
                    y=190,
                    size=fitting_size(picture.fineness, width=inner, largest=58),
                    spacing=3,
                ),
                tones,
                depth=2,
            ),
            _rule(216, tones),
            _punches(tones),
            _sheen(),
        ]
    )


def bar_back(picture: Picture) -> Markup:
    """The face with the guilloché net and a medallion."""
    tones = TONES[picture.metal]
    net = waves(WIDTH - 2 * _FRAME - 16, HEIGHT - 2 * _FRAME - 56, rows=20, length=41)
    medallion = together(
        [
            element("circle", r=128, fill="url(#rim-back)"),
            element("circle", r=120, fill="url(#field)"),
            embossed_lines(rosette(112, petals=16, rings=4), tones, width=1.4),
            element("circle", r=66, fill="url(#field)", stroke=tones.shade, stroke_width=1.5),
            embossed(lettering(tones.symbol, y=4, size=50), tones, depth=1.8),
            embossed(
                lettering(
                    picture.fineness,
                    y=38,
                    size=fitting_size(picture.fineness, width=96, largest=27),
                ),
                tones,
                depth=1,
            ),
        ]
    )
    return together(
        [_blank(tones), _frame(tones), embossed_lines(net, tones, width=1.3), medallion, _sheen()]
    )


def _blank(tones: Tones) -> Markup:
    """The bare bar: four bevels and a brushed field."""
    x, y = WIDTH / 2, HEIGHT / 2
    ix, iy = x - _BEVEL, y - _BEVEL
    sides = [
        (tones.glint, [(-x, -y), (x, -y), (ix, -iy), (-ix, -iy)]),
        (tones.light, [(-x, -y), (-ix, -iy), (-ix, iy), (-x, y)]),
        (tones.shade, [(x, -y), (x, y), (ix, iy), (ix, -iy)]),
        (tones.deep, [(-x, y), (-ix, iy), (ix, iy), (x, y)]),
    ]
    bevels = together(
        element("path", d=path_through(points, closed=True), fill=colour, opacity=0.85)
        for colour, points in sides
    )
    body = element("rect", x=-x, y=-y, width=WIDTH, height=HEIGHT, fill="url(#rim)")
    field = _rect(_BEVEL, fill="url(#field)")
    brushed = _rect(_BEVEL, fill="url(#brushed)")
    return element("g", body, bevels, field, brushed, clip_path="url(#bar)")


def bar_definitions(tones: Tones) -> Markup:
    """What the drawings of a bar refer to: its outline, its brushing, its sheen."""
    outline = _rect(0, rx=20)
    brush = element("path", d="M0 1H6", stroke=tones.glint, stroke_width=0.6, opacity=0.5)
    brush_shadow = element("path", d="M0 2.5H6", stroke=tones.shade, stroke_width=0.5, opacity=0.3)
    pattern = element(
        "pattern",
        brush,
        brush_shadow,
        id="brushed",
        width=6,
        height=4,
        patternUnits="userSpaceOnUse",
    )
    return together([element("clipPath", outline, id="bar"), pattern])


def _frame(tones: Tones) -> Markup:
    line = _rect(_FRAME, rx=10)
    return embossed_lines(line, tones, width=3)


def _rule(y: float, tones: Tones) -> Markup:
    half = WIDTH / 2 - _FRAME - 24
    diamond = path_through([(0, y - 6), (8, y), (0, y + 6), (-8, y)], closed=True)
    line = element("path", d=f"M{-half} {y}H-18M18 {y}H{half}")
    return together(
        [
            embossed_lines(line, tones, width=1.8),
            embossed(element("path", d=diamond), tones, depth=1),
        ]
    )


def _punches(tones: Tones) -> Markup:
    """Three small marks at the foot, as an assayer punches them."""
    marks = [
        element("rect", x=-66, y=238, width=34, height=20, rx=10),
        element("circle", cx=0, cy=248, r=11),
        element("path", d="M32 238H66V258H32Z"),
    ]
    return embossed_lines(together(marks), tones, width=2)


def _sheen() -> Markup:
    """Two bands of light that slide over the whole face."""
    bands = "M-192 -80L192 -330V-210L-192 40ZM-192 90L192 -160V-130L-192 120Z"
    return element("path", d=bands, fill="#fff", opacity=0.16, clip_path="url(#bar)")


def _rect(inset: float, *, fill: str = "", rx: float = 0) -> Markup:
    x, y = WIDTH / 2 - inset, HEIGHT / 2 - inset
    place = {"x": -x, "y": -y, "width": 2 * x, "height": 2 * y}
    if fill:
        return element("rect", **place, fill=fill)
    return element("rect", **place, rx=rx)
