"""The markup of published texts: what is read, and what is refused with its line."""

import pytest

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Language
from bezant.legal.markup import (
    HeadingText,
    Insert,
    ListText,
    ParagraphText,
    Piece,
    Place,
    Template,
    read_template,
)

WHOLE = """# Başlık

## Bir {number}
Merhaba **{buyer}**,
iki satır.
@items
- ilk
  devamı
- **ikinci** nokta

"""


def test_a_text_is_read_block_by_block() -> None:
    assert read_template(WHOLE) == Template(
        "Başlık",
        (
            HeadingText((Piece("Bir ", strong=False), Piece(Place.NUMBER, strong=False))),
            ParagraphText(
                (
                    Piece("Merhaba ", strong=False),
                    Piece(Place.BUYER, strong=True),
                    Piece(", iki satır.", strong=False),
                )
            ),
            Insert.ITEMS,
            ListText(
                (
                    (Piece("ilk devamı", strong=False),),
                    (Piece("ikinci", strong=True), Piece(" nokta", strong=False)),
                )
            ),
        ),
    )


@pytest.mark.parametrize("mark", ["#", "$", "<b>", "[x]", "_a_", "`", "*", "\\", "&amp;", "//"])
def test_nothing_else_means_anything(mark: str) -> None:
    (block,) = read_template(f"# Başlık\n\nbir {mark} iki").blocks

    assert block == ParagraphText((Piece(f"bir {mark} iki", strong=False),))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "The first line"),
        ("Başlık", "The first line"),
        ("# ", "The first line"),
        ("# {buyer}", "The first line"),
        ("# A\n\n@item", "Line 3: there is no table @item"),
        ("# A\n\n\n### B", 'Line 4: a heading begins with "## "'),
        ("# A\n\nbir\niki {buyers}", "line 3: there is no place {buyers}"),
        ("# A\n\nbir {iki", "line 3: there is no place {"),
        ("# A\n\n- bir\n- iki }", "line 4: there is no place }"),
        ("# A\n\nbir **iki", "line 3: a ** is not closed"),
    ],
)
def test_what_cannot_be_filled_is_refused_with_its_line(body: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_template(body)

    (text,) = refused.value.fields["body"]
    assert said in text.into(Language.EN)
