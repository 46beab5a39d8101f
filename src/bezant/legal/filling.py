"""Filling: a text and a deal make a sheet, and so do a deal and an invoice's number.

What comes from the deal is put in after the text was read, so that nothing in it is ever
taken for markup.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never

from bezant.customers.model import Address, AddressDetails
from bezant.kernel.money import Money
from bezant.kernel.texts import Language, Text
from bezant.legal import markup
from bezant.legal.markup import Insert, Place
from bezant.legal.model import Deal, DealLine, Document
from bezant.legal.sheet import (
    Block,
    Bullets,
    Column,
    Facts,
    Grid,
    Heading,
    Paragraph,
    Sheet,
    Span,
    Spans,
)
from bezant.legal.wording import (
    address_text,
    day_text,
    moment_text,
    money_text,
    plain,
    rate_text,
    weight_text,
)

NO_PIECES: Final = "–"
"""What is sold by weight has no pieces."""


def fill(document: Document, deal: Deal) -> Sheet:
    """The document with the deal's figures, in the document's own language."""
    language = document.listed.language
    template = markup.read_template(document.body)
    filler = _Filler(deal, language)
    foot = Text(
        "legal.foot",
        {
            "name": document.listed.name,
            "version": document.listed.version,
            "number": deal.number,
            "at": moment_text(deal.at, deal.zone, language),
        },
    )
    return Sheet(
        language=language,
        title=template.title,
        blocks=tuple(filler.block(each) for each in template.blocks),
        foot=foot.into(language),
        page_of=_say("legal.page", language),
        at=deal.at,
    )


def fill_invoice(deal: Deal, number: str, issued_at: datetime) -> Sheet:
    """An invoice for what was bought, in the deal's language."""
    language = deal.language
    filler = _Filler(deal, language)
    at = moment_text(issued_at, deal.zone, language)
    head = (
        (_say("legal.invoice.number", language), number),
        (_say("legal.invoice.issued_at", language), at),
        (_say("legal.invoice.order", language), plain(deal.number)),
    )
    note = Paragraph((Span(_say("legal.invoice.note", language)),))
    foot = Text("legal.invoice.foot", {"number": number, "at": at})
    return Sheet(
        language=language,
        title=_say("legal.invoice.title", language),
        blocks=(
            Facts(_say("legal.invoice.title", language), head),
            filler.table(Insert.PARTIES),
            filler.table(Insert.ADDRESSES),
            filler.table(Insert.ITEMS),
            filler.table(Insert.TOTALS),
            note,
        ),
        foot=foot.into(language),
        page_of=_say("legal.page", language),
        at=issued_at,
    )


class _Filler:
    """Says one deal in one language."""

    def __init__(self, deal: Deal, language: Language) -> None:
        self._deal = deal
        self._language = language
        self._places = _places(deal, language)

    def block(self, text: markup.TextBlock) -> Block:
        """A block of a text, filled."""
        if isinstance(text, Insert):
            return self.table(text)
        if isinstance(text, markup.HeadingText):
            return Heading("".join(span.text for span in self._spans(text.pieces)))
        if isinstance(text, markup.ParagraphText):
            return Paragraph(self._spans(text.pieces))
        if isinstance(text, markup.ListText):
            return Bullets(tuple(self._spans(each) for each in text.items))
        assert_never(text)

    def table(self, insert: Insert) -> Block:
        """A table of the deal."""
        if insert is Insert.PARTIES:
            return self._facts("legal.parties", self._parties())
        if insert is Insert.ITEMS:
            return self._items()
        if insert is Insert.TOTALS:
            return self._totals()
        if insert is Insert.ADDRESSES:
            return self._facts("legal.addresses", self._addresses())
        assert_never(insert)

    def _spans(self, pieces: markup.Pieces) -> Spans:
        return tuple(
            Span(
                self._places[each.what] if isinstance(each.what, Place) else each.what, each.strong
            )
            for each in pieces
        )

    def _facts(self, caption: str, rows: Mapping[str, str]) -> Facts:
        """Names and values; what is not known is left out."""
        said = [(_say(key, self._language), value) for key, value in rows.items() if value]
        return Facts(_say(caption, self._language), tuple(said))

    def _parties(self) -> Mapping[str, str]:
        deal = self._deal
        operator, buyer = deal.operator, deal.buyer
        return {
            "legal.seller": plain(deal.seller),
            "legal.operator": plain(operator.name),
            "legal.operator_address": plain(operator.address),
            "legal.operator_contact": plain(operator.contact),
            "legal.buyer": plain(buyer.fullname),
            "legal.buyer_identity_number": plain(buyer.identity_number),
            "legal.buyer_phone": plain(buyer.phone),
            "legal.buyer_email": plain(buyer.email),
        }

    def _addresses(self) -> Mapping[str, str]:
        deal = self._deal
        return {
            "legal.shipping_address": _addressed(deal.shipping_address),
            "legal.billing_address": _addressed(deal.billing_address),
            "legal.tax_details": _tax_details(deal.billing_address),
        }

    def _items(self) -> Grid:
        say, language = _say, self._language
        columns = (
            Column(say("legal.item.product", language)),
            Column(say("legal.item.weight", language), is_figure=True),
            Column(say("legal.item.pieces", language), is_figure=True),
            Column(say("legal.item.unit_price", language), is_figure=True),
            Column(say("legal.item.tax", language), is_figure=True),
            Column(say("legal.item.total", language), is_figure=True),
        )
        rows = tuple(
            (
                self._named(line.name, line.sku, line.serial_numbers),
                weight_text(line.weight_ug, language),
                NO_PIECES if line.pieces is None else str(line.pieces),
                self._unit_price(line),
                f"{self._money(line.tax)}\n({rate_text(line.tax_rate, language)})",
                self._money(line.total),
            )
            for line in self._deal.lines
        )
        return Grid(say("legal.items", language), columns, rows)

    def _unit_price(self, line: DealLine) -> str:
        price = self._money(line.unit_price)
        return price if line.pieces is not None else f"{price} / g"

    def _named(self, name: str, sku: str, serial_numbers: Sequence[str]) -> str:
        lines = [plain(name), plain(sku)]
        if serial_numbers:
            numbers = ", ".join(plain(each) for each in serial_numbers)
            lines.append(Text("legal.item.serials", {"numbers": numbers}).into(self._language))
        return "\n".join(lines)

    def _totals(self) -> Facts:
        deal, language = self._deal, self._language
        rows = [
            (_say("legal.price", language), self._money(deal.price)),
            (_say("legal.tax", language), self._money(deal.tax)),
            (_say("legal.total", language), self._money(deal.total)),
        ]
        if deal.how_paid is not None:
            rows.append((_say("legal.how_paid", language), deal.how_paid.into(language)))
        if deal.payment_cost:
            rows.append((_say("legal.payment_cost", language), self._money(deal.payment_cost)))
        rows.append((_say("legal.paid_total", language), self._money(deal.paid_total)))
        return Facts(_say("legal.totals", language), tuple(rows), sums=True)

    def _money(self, amount: Money) -> str:
        return money_text(amount, self._language)


def _places(deal: Deal, language: Language) -> Mapping[Place, str]:
    """What fills each place of a text; a place is never empty."""
    how_paid = Text("legal.not_chosen") if deal.how_paid is None else deal.how_paid
    filled = {
        Place.SELLER: deal.seller,
        Place.OPERATOR: deal.operator.name,
        Place.OPERATOR_ADDRESS: deal.operator.address,
        Place.OPERATOR_CONTACT: deal.operator.contact,
        Place.NUMBER: deal.number,
        Place.AT: moment_text(deal.at, deal.zone, language),
        Place.DAY: day_text(deal.at, deal.zone, language),
        Place.BUYER: deal.buyer.fullname,
        Place.BUYER_EMAIL: deal.buyer.email,
        Place.BUYER_PHONE: deal.buyer.phone,
        Place.BUYER_IDENTITY_NUMBER: deal.buyer.identity_number,
        Place.SHIPPING_ADDRESS: _addressed(deal.shipping_address),
        Place.BILLING_ADDRESS: _addressed(deal.billing_address),
        Place.TOTAL: money_text(deal.total, language),
        Place.PAID_TOTAL: money_text(deal.paid_total, language),
        Place.HOW_PAID: how_paid.into(language),
    }
    unknown = _say("legal.not_given", language)
    return {place: plain(value) or unknown for place, value in filled.items()}


def _addressed(address: Address | None) -> str:
    """To whom and where, on one line."""
    if address is None:
        return ""
    details = address.details
    return ", ".join(
        filter(None, (_addressee(details), address_text(details), plain(details.phone)))
    )


def _addressee(details: AddressDetails) -> str:
    return ", ".join(filter(None, (plain(details.company_name), plain(details.fullname))))


def _tax_details(address: Address | None) -> str:
    if address is None:
        return ""
    return " ".join(
        filter(None, (plain(address.details.tax_office), plain(address.details.tax_number)))
    )


def _say(key: str, language: Language) -> str:
    return Text(key).into(language)
