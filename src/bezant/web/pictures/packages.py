"""How a product is delivered: a bar in its certified card, a coin in its capsule."""

from typing import Final

from bezant.web.pictures.bar import bar_front
from bezant.web.pictures.coin import coin_front
from bezant.web.pictures.metals import TONES, Tones
from bezant.web.pictures.ornament import SANS, SERIF, fitting_size, rosette, waves
from bezant.web.pictures.picture import Picture
from bezant.web.pictures.svg import Markup, element, moved, together, words

_INK: Final = "#1f2a3a"
_PAPER: Final = "#fbfaf6"
_CARD_WIDTH: Final = 456
_CARD_HEIGHT: Final = 704


def card(picture: Picture) -> Markup:
    """A certificate card with the bar under a clear blister."""
    tones = TONES[picture.metal]
    bar = element("g", bar_front(picture), transform=moved(0, 16, scale=0.53))
    return together(
        [_paper(tones), _heading(picture), _blister(tones), bar, _cover(), _footing(picture)]
    )


def capsule(picture: Picture) -> Markup:
    """A round clear capsule with the coin in its ring."""
    coin = element("g", coin_front(picture), transform=moved(0, 0, scale=0.8))
    return together(
        [
            element("circle", r=340, fill="#f4f7fa", stroke="#aab4bf", stroke_width=2),
            element("circle", r=326, fill="none", stroke="#ffffff", stroke_width=12),
            element("circle", r=314, fill="none", stroke="#c3ccd6", stroke_width=2),
            element("circle", r=300, fill=_INK),
            element("circle", r=300, fill="none", stroke="#0c121b", stroke_width=5, opacity=0.6),
            element("circle", r=268, fill="#0c121b"),
            coin,
            element("circle", r=306, fill="url(#clear)"),
            _glint(opacity=0.6, turn=0),
            _glint(opacity=0.2, turn=180),
        ]
    )


def package_definitions() -> Markup:
    """The gradient of clear plastic, and the outline of the card."""
    clear = together(
        element("stop", offset=f"{at}%", stop_color="#fff", stop_opacity=opacity)
        for at, opacity in ((0, 0.34), (38, 0.05), (62, 0), (100, 0.16))
    )
    x, y = _CARD_WIDTH / 2, _CARD_HEIGHT / 2
    outline = element("rect", x=-x, y=-y, width=_CARD_WIDTH, height=_CARD_HEIGHT, rx=26)
    return together(
        [
            element("linearGradient", clear, id="clear", x1=0, y1=0, x2=1, y2=1),
            element("clipPath", outline, id="card"),
        ]
    )


def _glint(*, opacity: float, turn: float) -> Markup:
    """A streak of light on the capsule's rim."""
    return element(
        "path",
        d="M-262 -132A293 293 0 0 1 -70 -285",
        fill="none",
        stroke="#fff",
        stroke_width=11,
        stroke_linecap="round",
        opacity=opacity,
        transform=f"rotate({turn:g})",
    )


def _paper(tones: Tones) -> Markup:
    """The card itself: printed net, a band of the metal's colour, the hole to hang it by."""
    x, y = _CARD_WIDTH / 2, _CARD_HEIGHT / 2
    net = waves(_CARD_WIDTH, _CARD_HEIGHT, rows=26, length=46)
    printed = element("g", net, fill="none", stroke=tones.body, stroke_width=0.8, opacity=0.4)
    inside = together(
        [
            element("rect", x=-x, y=-y, width=2 * x, height=2 * y, fill=_PAPER),
            printed,
            element("rect", x=-x, y=-y, width=2 * x, height=150, fill=_INK),
            element("rect", x=-x, y=150 - y, width=2 * x, height=6, fill="url(#rim)"),
            element("rect", x=-x, y=y - 14, width=2 * x, height=14, fill="url(#rim)"),
        ]
    )
    return together(
        [
            element("g", inside, clip_path="url(#card)"),
            element("rect", x=-36, y=22 - y, width=72, height=18, rx=9, fill="#e9ecf0"),
        ]
    )


def _heading(picture: Picture) -> Markup:
    tones = TONES[picture.metal]
    size = fitting_size(picture.legend, width=360, largest=38)
    return together(
        [
            _printed(picture.legend, y=-256, size=size, fill=tones.light),
            _printed(f"{tones.symbol}  {picture.fineness}", y=-218, size=21, fill="#ffffff"),
        ]
    )


def _blister(tones: Tones) -> Markup:
    """The recess that the bar lies in."""
    box = {"x": -126, "y": -176, "width": 252, "height": 384, "rx": 22}
    return together(
        [
            element("rect", **box, fill="#ffffff", stroke=tones.shade, stroke_width=1.5),
            element("rect", **box, fill=_INK, opacity=0.1),
        ]
    )


def _cover() -> Markup:
    """The clear plastic over the bar, and its rim's two glints."""
    box = {"x": -126, "y": -176, "width": 252, "height": 384, "rx": 22}
    rim = {"x": -119, "y": -169, "width": 238, "height": 370, "rx": 17}
    glint = "M-112 -60V-146Q-112 -162 -96 -162H-20"
    return together(
        [
            element("rect", **box, fill="url(#clear)"),
            element("rect", **rim, fill="none", stroke="#fff", stroke_width=4, opacity=0.75),
            element("path", d=glint, fill="none", stroke="#fff", stroke_width=7, opacity=0.9),
        ]
    )


def _footing(picture: Picture) -> Markup:
    """Weight and fineness in print, and a seal."""
    tones = TONES[picture.metal]
    lines = rosette(40, petals=14)
    seal = together(
        [
            element("circle", r=44, fill="url(#rim)"),
            element("circle", r=39, fill="url(#field)"),
            element("g", lines, fill="none", stroke=tones.shade, stroke_width=1),
        ]
    )
    weight = fitting_size(picture.label, width=220, largest=46)
    return together(
        [
            element("g", seal, transform=moved(162, 274)),
            _line(picture.label, x=-196, y=272, size=weight),
            _line(f"{tones.symbol} {picture.fineness}", x=-196, y=310, size=24),
        ]
    )


def _printed(text: str, *, y: float, size: float, fill: str) -> Markup:
    return element(
        "text",
        words(text),
        y=y,
        font_family=SERIF,
        font_weight="bold",
        font_size=size,
        letter_spacing=2,
        text_anchor="middle",
        fill=fill,
    )


def _line(text: str, *, x: float, y: float, size: float) -> Markup:
    return element(
        "text",
        words(text),
        x=x,
        y=y,
        font_family=SANS,
        font_weight="bold",
        font_size=size,
        fill=_INK,
    )
