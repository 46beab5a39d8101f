"""Ornament around the origin: rosettes, laurel, stars, beads and waves, and the relief.

A piece of ornament names no colour of its own; `embossed` strikes it three times, once
for the lit edge, once for the shadow and once for the metal between them.
"""

from math import cos, pi, radians
from typing import Final

from bezant.web.pictures.metals import Tones
from bezant.web.pictures.svg import (
    Markup,
    element,
    moved,
    number,
    path_through,
    polar,
    together,
    words,
)

SERIF: Final = "Georgia,'Times New Roman','DejaVu Serif',serif"
SANS: Final = "'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif"


def embossed(ornament: Markup, tones: Tones, *, depth: float = 2.0) -> Markup:
    """Filled ornament standing up from the field by `depth`."""
    return together(
        [
            element("g", ornament, fill=tones.deep, transform=moved(depth, depth), opacity=0.75),
            element("g", ornament, fill=tones.glint, transform=moved(-depth * 0.8, -depth * 0.8)),
            element("g", ornament, fill="url(#relief)"),
        ]
    )


def embossed_lines(ornament: Markup, tones: Tones, *, width: float = 2.0) -> Markup:
    """Line ornament standing up from the field, `width` wide."""
    shift = min(width * 0.55, 1.8)
    strikes = [
        (tones.deep, moved(shift, shift), 0.6),
        (tones.glint, moved(-shift, -shift), 0.95),
        (tones.shade, moved(0, 0), 0.9),
    ]
    return together(
        element(
            "g",
            ornament,
            fill="none",
            stroke=colour,
            stroke_width=width,
            transform=place,
            opacity=opacity,
        )
        for colour, place, opacity in strikes
    )


def lettering(text: str, *, y: float, size: float, spacing: float = 0.0) -> Markup:
    """One centred line of capitals for `embossed`."""
    return element(
        "text",
        words(text),
        x=spacing / 2,
        y=y,
        font_family=SERIF,
        font_weight="bold",
        font_size=size,
        letter_spacing=spacing,
        text_anchor="middle",
    )


def fitting_size(text: str, *, width: float, largest: float) -> float:
    """The font size at which `text` is at most `width` wide, as wide capitals go."""
    return min(largest, width / max(0.72 * len(text), 1))


def rosette(radius: float, *, petals: int, rings: int = 3) -> Markup:
    """A guilloché rosette: closed waves around a circle, each ring turned by a fraction."""
    curves = []
    for ring in range(rings):
        turn = 360 / petals * ring / rings
        points = [
            polar(radius * (0.68 + 0.32 * cos(radians(petals * (angle + turn)))), angle)
            for angle in range(0, 360, 2)
        ]
        curves.append(element("path", d=path_through(points, closed=True)))
    return together(curves)


def star(radius: float) -> Markup:
    """An eight-pointed star of two squares, with the octagon that they share."""
    squares = [[polar(radius, turn + 90 * n) for n in range(4)] for turn in (0, 45)]
    octagon = [polar(radius * 0.62, 22.5 + 45 * n) for n in range(8)]
    return together(
        element("path", d=path_through(points, closed=True)) for points in (*squares, octagon)
    )


def laurel(radius: float, *, leaves: int = 12, leaf: float = 70.0) -> Markup:
    """The leaves and berries of two laurel branches, open at the top, met at the bottom."""
    wide, narrow, waist, foot = leaf * 0.3, leaf * 0.22, -leaf * 0.75, -leaf * 0.3
    blade = (
        f"M0 0C{wide:.1f} {foot:.1f} {narrow:.1f} {waist:.1f} 0 {-leaf:.1f}"
        f"C{-narrow:.1f} {waist:.1f} {-wide:.1f} {foot:.1f} 0 0Z"
    )
    parts = []
    for side in (-1, 1):
        for n in range(leaves):
            angle = side * (172 - n * (140 / leaves))
            x, y = polar(radius, angle)
            # Leaves point along the branch, from its foot up to the tip, and get smaller.
            for lean in (-34, 30):
                place = moved(x, y, scale=1 - 0.03 * n, turn=angle - side * 90 + lean)
                parts.append(element("path", d=blade, transform=place))
            berry = polar(radius + 34 - 2 * n, angle - side * 5)
            parts.append(element("circle", cx=berry[0], cy=berry[1], r=4.5 - 0.15 * n))
    return together(parts)


def stems(radius: float) -> Markup:
    """The two bare branches under `laurel`, for `embossed_lines`."""
    arcs = []
    for sweep, side in ((1, -1), (0, 1)):
        (x, y), (tip_x, tip_y) = polar(radius, side * 184), polar(radius, side * 32)
        start, end = f"{number(x)} {number(y)}", f"{number(tip_x)} {number(tip_y)}"
        arcs.append(element("path", d=f"M{start}A{radius} {radius} 0 0 {sweep} {end}"))
    return together(arcs)


def beads(radius: float, *, count: int, size: float) -> Markup:
    """A ring of `count` beads, for `embossed_lines` with the bead's size as the width."""
    step = 2 * pi * radius / count
    return element(
        "circle",
        r=radius,
        stroke_dasharray=f"0 {step:.4f}",
        stroke_linecap="round",
        stroke_width=size,
    )


def waves(width: float, height: float, *, rows: int, length: float) -> Markup:
    """A net of crossing waves over a field whose middle is the origin."""
    step, turns = height / rows, round(width / length) * 2
    half = width / turns
    lines = []
    for row in range(rows + 1):
        y = -height / 2 + row * step
        for lift in (step * 1.5, -step * 1.5):
            data = f"M{-width / 2:.2f} {y:.2f}q{half / 2:.2f} {lift:.2f} {half:.2f} 0"
            lines.append(element("path", d=data + f"t{half:.2f} 0" * (turns - 1)))
    return together(lines)
