"""Printing: the same bytes each time, and whatever a customer wrote comes out as it was written."""

import asyncio
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import msgspec
import typst
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bezant.kernel.texts import Language, Text
from bezant.legal import filling, press
from bezant.legal.model import Format
from bezant.legal.service import copies
from bezant.legal.service.invoices import render_invoice
from bezant.legal.wording import plain
from tests.factories.deals import AT, make_buyer, make_deal, make_line
from tests.legal.papers import TITLE, make_document, shown

MARKUP = "#let x = [*A* _b_ @c $d$ <e>] \\f `g` // h & \"i\" 'j' {{k}} {buyer} **l** = m - n ~ ---"
EVERYTHING = (
    f"{TITLE}## H {{buyer}}\n\n**{{buyer}}**\n\n- {{buyer}}\n\n"
    "@parties\n@items\n@totals\n@addresses"
)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)


def elements(page: bytes) -> list[str]:
    """The elements of a page, in order."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    Reader().feed(page.decode())
    return found


@given(names.filter(plain))
def test_a_name_comes_out_of_a_page_as_it_was_written_and_adds_no_element(name: str) -> None:
    document = make_document(EVERYTHING)
    page = press.html(filling.fill(document, make_deal(buyer=make_buyer(fullname=name))))
    other = press.html(filling.fill(document, make_deal()))

    assert shown(page).count(plain(name)) >= 4
    assert elements(page) == elements(other)


def said_by_typst(name: str) -> object:
    """What typst sets for a buyer of this name, in a document that is laid out whole."""
    deal = make_deal(buyer=make_buyer(fullname=name), lines=(make_line(name=name),))
    sheet = filling.fill(make_document(f"{TITLE}{{buyer}}\n\n@parties\n@items"), deal)
    program = files("bezant.legal").joinpath("layout", "sheet.typ").read_text(encoding="utf-8")
    found = typst.query(
        f"{program}\n#metadata(spans(sheet.blocks.at(0).spans)) <said>".encode(),
        "<said>",
        field="value",
        one=True,
        sys_inputs={"sheet": msgspec.json.encode(sheet).decode()},
        ignore_system_fonts=True,
    )
    return msgspec.json.decode(found)


@example(MARKUP)
@example('#import "/etc/passwd"')
@settings(max_examples=25, deadline=None)
@given(names.filter(plain))
def test_typst_sets_a_name_as_it_was_written(name: str) -> None:
    said = said_by_typst(name)

    # A text and not an element: none of it was read as markup.
    assert isinstance(said, str)
    assert said.replace("\u200b", "") == plain(name).replace("\u200b", "")


def test_a_document_printed_twice_is_the_same_bytes() -> None:
    document, deal = make_document(EVERYTHING), make_deal()

    sheet = filling.fill(document, deal)
    other = filling.fill(document, make_deal(buyer=make_buyer(fullname="Başkası")))
    for print_ in (press.html, press.pdf):
        assert print_(sheet) == print_(filling.fill(document, deal))
        assert print_(sheet) != print_(other)


async def test_a_document_is_named_by_the_hash_of_its_bytes_and_printed_beside_others() -> None:
    document, deal = make_document(), make_deal()
    made = await asyncio.gather(
        *(copies.render(document, deal, format=each) for each in (*Format, *Format))
    )

    for each in made:
        assert each.sha256 == sha256(each.body).hexdigest()
    assert [each.media_type for each in made] == ["application/pdf", "text/html"] * 2
    assert made[0].body.startswith(b"%PDF-")
    assert made[:2] == made[2:]


def test_a_document_says_the_deal_in_its_own_language() -> None:
    line = make_line(serial_numbers=("AB1", "AB2"))
    deal = make_deal(lines=(line,), payment_cost=1_250, how_paid=Text("payment.credit_card"))

    turkish = shown(press.html(filling.fill(make_document(EVERYTHING), deal)))
    english = shown(press.html(filling.fill(make_document(EVERYTHING, language=Language.EN), deal)))

    for said in ("1.000,00 TL", "2.040,00 TL", "2.052,50 TL", "1,01 g", "%20", "Kredi kartı"):
        assert said in turkish
    for said in ("TRY 1,000.00", "TRY 2,040.00", "TRY 2,052.50", "1.01 g", "20%", "Credit card"):
        assert said in english
    assert "Seri no: AB1, AB2" in turkish
    assert "Sözleşme, sürüm 3 · MC_66C7446E7F53E · 01.06.2026 12:00 (UTC+03:00)" in turkish


def test_what_is_not_known_is_said_so_and_left_out_of_tables() -> None:
    nobody = make_buyer(fullname="", email="", phone="", identity_number="")
    page = shown(press.html(filling.fill(make_document(EVERYTHING), make_deal(buyer=nobody))))

    assert "H belirtilmemiş" in page
    assert "E-posta" not in page


def test_a_word_that_is_longer_than_a_line_and_one_that_no_font_has_are_printed() -> None:
    line = make_line(name="x" * 200)
    buyer = make_buyer(fullname="中文 😀", email=f"{'y' * 240}@example.com")

    made = press.pdf(filling.fill(make_document(EVERYTHING), make_deal(lines=(line,), buyer=buyer)))

    assert made.startswith(b"%PDF-")


async def test_an_invoice_names_its_number_its_time_and_the_bars() -> None:
    deal = make_deal(lines=(make_line(serial_numbers=("AB1234567",)),))
    said = shown(press.html(filling.fill_invoice(deal, "BZT2026000000001", AT)))
    made = await render_invoice(deal, "BZT2026000000001", AT)

    assert "Fatura numarası BZT2026000000001" in said
    assert "Düzenlenme zamanı 01.06.2026 12:00 (UTC+03:00)" in said
    assert "Seri no: AB1234567" in said
    assert "Ödenecek toplam 2.040,00 TL" in said
    assert made.body.startswith(b"%PDF-")
