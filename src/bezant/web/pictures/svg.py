"""The few words of SVG that the drawings are written in.

Invariants: catalogue text enters a drawing only through `words` or an attribute, and both
escape it; numbers are written with at most two decimals, so that drawings are repeatable
and short.
"""

import re
from collections.abc import Iterable
from math import cos, radians, sin
from typing import Final, NewType
from xml.sax.saxutils import escape, quoteattr

Markup = NewType("Markup", str)
Value = str | int | float
Point = tuple[float, float]

NOTHING: Final = Markup("")


def element(name: str, *children: Markup, **attributes: Value) -> Markup:
    """An element; `stroke_width=2` is written `stroke-width="2"`."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_written(value))}"
        for key, value in attributes.items()
    )
    inside = "".join(children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def together(parts: Iterable[Markup]) -> Markup:
    """Several pieces of markup as one."""
    return Markup("".join(parts))


def words(text: str) -> Markup:
    """Text for a person, escaped; characters that XML does not allow are dropped."""
    return Markup(escape(_NOT_XML.sub("", text)))


def number(value: float) -> str:
    """A coordinate with at most two decimals and no negative zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def polar(radius: float, degrees: float) -> Point:
    """The point at `degrees` clockwise from twelve o'clock, around the origin."""
    return radius * sin(radians(degrees)), -radius * cos(radians(degrees))


def path_through(points: Iterable[Point], *, closed: bool) -> str:
    """Path data of straight lines through `points`."""
    pairs = (f"{number(round(x, 1))} {number(round(y, 1))}" for x, y in points)
    return "M" + "L".join(pairs) + ("Z" if closed else "")


def moved(x: float, y: float, *, scale: float = 1.0, turn: float = 0.0) -> str:
    """The transform that puts the origin at (x, y)."""
    steps = [f"translate({number(x)} {number(y)})"]
    if scale != 1.0:
        steps.append(f"scale({scale:.4g})")
    if turn:
        steps.append(f"rotate({number(turn)})")
    return " ".join(steps)


_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _written(value: Value) -> str:
    if isinstance(value, str):
        return _NOT_XML.sub("", value)
    return number(value)
