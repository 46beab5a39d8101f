"""The drawings: valid, closed in themselves, safe to serve, and told apart by eye."""

import re
from itertools import product
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bezant.catalog.model import Shape
from bezant.kernel.metal import Metal
from bezant.web.pictures.drawing import draw
from bezant.web.pictures.metals import TONES
from bezant.web.pictures.picture import Picture, Side

SVG: Final = "{http://www.w3.org/2000/svg}"
ALL: Final = list(product(Shape, Metal, Side))
DRAWING_ELEMENTS: Final = {
    "svg", "title", "defs", "g", "rect", "circle", "path", "text", "textPath", "clipPath",
    "pattern", "linearGradient", "radialGradient", "stop", "filter", "feDropShadow",
}  # fmt: skip


def picture(
    shape: Shape = Shape.BAR,
    metal: Metal = Metal.GOLD,
    side: Side = Side.FRONT,
    *,
    label: str = "1 g",
    legend: str = "ÇEYREK",
) -> Picture:
    return Picture(
        shape=shape, metal=metal, side=side, label=label, fineness="999,9", legend=legend
    )


# The drawings are our own, so the standard parser meets no hostile entity.
def parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314


@pytest.mark.parametrize(("shape", "metal", "side"), ALL)
def test_a_drawing_is_a_square_svg_of_drawing_elements_only(
    shape: Shape, metal: Metal, side: Side
) -> None:
    root = parsed(draw(picture(shape, metal, side)))
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 800 800"
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= DRAWING_ELEMENTS


@pytest.mark.parametrize(("shape", "metal", "side"), ALL)
def test_a_drawing_refers_to_nothing_but_its_own_parts(
    shape: Shape, metal: Metal, side: Side
) -> None:
    drawn = draw(picture(shape, metal, side))
    ids = re.findall(r' id="([^"]+)"', drawn)
    referred = set(re.findall(r"url\(#([^)]+)\)", drawn))
    referred |= set(re.findall(r'href="#([^"]+)"', drawn))
    assert drawn.count("href=") == len(re.findall(r'href="#', drawn))
    assert drawn.count("url(") == drawn.count("url(#")
    assert re.findall(r"https?://[^\"]+", drawn) == ["http://www.w3.org/2000/svg"]
    assert len(ids) == len(set(ids))
    assert referred <= set(ids)


@pytest.mark.parametrize(("shape", "metal", "side"), ALL)
def test_a_drawing_stays_small(shape: Shape, metal: Metal, side: Side) -> None:
    assert len(draw(picture(shape, metal, side)).encode()) < 64 * 1_024


@pytest.mark.parametrize(("shape", "side"), list(product(Shape, Side)))
def test_the_texts_are_struck_into_every_front_and_package(shape: Shape, side: Side) -> None:
    struck = "".join(parsed(draw(picture(shape, side=side, label="2,5 g"))).itertext())
    if side is not Side.BACK:
        assert "ÇEYREK" in struck
        assert "2,5 g" in struck
    assert "999,9" in struck


def test_no_two_kinds_of_picture_look_the_same() -> None:
    drawn = {draw(picture(*kind)) for kind in ALL}
    assert len(drawn) == len(ALL)


def test_every_metal_has_tones_and_a_symbol_of_its_own() -> None:
    assert set(TONES) == set(Metal)
    assert {tones.symbol for tones in TONES.values()} == {"Au", "Ag", "Pt", "Pd"}
    assert len({tones.body for tones in TONES.values()}) == len(Metal)


def test_the_same_picture_is_drawn_the_same_twice() -> None:
    first = draw(picture(Shape.COIN))
    draw.cache_clear()
    assert draw(picture(Shape.COIN)) == first


@pytest.mark.parametrize(("shape", "side"), list(product(Shape, Side)))
def test_markup_in_a_name_is_shown_and_not_obeyed(shape: Shape, side: Side) -> None:
    hostile = '</text><script>alert("1")</script>&amp;'
    root = parsed(draw(picture(shape, side=side, legend=hostile)))
    assert root.find(f".//{SVG}script") is None
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text is not None
    assert hostile in title.text


@given(text=st.text(max_size=40), shape=st.sampled_from(Shape), side=st.sampled_from(Side))
def test_any_text_at_all_leaves_the_drawing_valid(text: str, shape: Shape, side: Side) -> None:
    drawn = draw(picture(shape, side=side, legend=text, label=text))
    assert parsed(drawn.encode().decode()).tag == f"{SVG}svg"
