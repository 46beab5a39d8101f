"""The words of SVG: attributes, escapes and numbers."""

import pytest

from bezant.web.pictures.svg import element, moved, number, path_through, polar, words


def test_an_attribute_is_written_with_dashes_and_escaped() -> None:
    assert element("g", stroke_width=2, id='a"<&') == '<g stroke-width="2" id=\'a"&lt;&amp;\'/>'


def test_words_are_escaped_and_forbidden_characters_dropped() -> None:
    assert words("Gram & <Külçe>\x00\ud800\ufffe") == "Gram &amp; &lt;Külçe&gt;"


@pytest.mark.parametrize(
    ("value", "written"),
    [(1, "1"), (0.5, "0.5"), (-0.001, "0"), (1 / 3, "0.33"), (100, "100"), (-2.5, "-2.5")],
)
def test_a_number_has_two_decimals_at_most(value: float, written: str) -> None:
    assert number(value) == written


def test_angles_run_clockwise_from_twelve_oclock() -> None:
    points = [polar(10, angle) for angle in (0, 90, 180)]
    assert path_through(points, closed=True) == "M0 -10L10 0L0 10Z"


def test_a_piece_is_moved_then_scaled_then_turned() -> None:
    assert moved(1, 2, scale=0.5, turn=45) == "translate(1 2) scale(0.5) rotate(45)"
    assert moved(0, 0) == "translate(0 0)"
