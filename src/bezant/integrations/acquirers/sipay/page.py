"""The page that sends a browser on to the bank: one form that posts itself.

Sipay's answer to a charge with 3-D is such a page. It is read here, and only where it leads
to is kept; the page itself is shown to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from bezant.payments.card import CardInHand

# What a browser leaves out when a script posts the form.
_NOT_SENT: Final = frozenset({"submit", "button", "image", "reset"})
_GAPS: Final = str.maketrans("", "", " -+")


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a browser is sent on to, and with what. Without `fields` it is a link."""

    url: str = field(repr=False)
    fields: tuple[tuple[str, str], ...] = field(repr=False, default=())

    @classmethod
    def from_page(
        cls, target: str, fields: Sequence[tuple[str, str]], *, address: str
    ) -> "Onward | None":
        """Where a page at `address` leads; None when the target is no address."""
        try:
            return cls(urljoin(address, target), tuple(fields))
        except ValueError:
            return None

    @property
    def said(self) -> Mapping[str, str]:
        """What the next page is told, in its form or in its address."""
        return dict(self.fields or parse_qsl(urlsplit(self.url).query))

    def leads_to(self, address: str) -> bool:
        """Whether this is the same page, whatever is in the query."""
        here, there = urlsplit(self.url), urlsplit(address)
        return (here.scheme, here.netloc, here.path) == (there.scheme, there.netloc, there.path)

    def tells(self, card: CardInHand) -> bool:
        """Whether the card's number, or the value on its back by name, is in it."""
        number, cvv = card.number.reveal(), card.cvv.reveal()
        texts = (self.url, *(value for _, value in self.fields))
        if any(number in unquote(text).translate(_GAPS) for text in texts):
            return True
        return any(value == cvv and "cv" in name.lower() for name, value in self.fields)


def onward_from(page: str, *, address: str) -> Onward | None:
    """Where the one form on a page leads; None unless there is exactly one that is posted."""
    reader = _Forms()
    try:
        reader.feed(page)
        reader.close()
    except AssertionError:
        # The library's parser gives up that way on some markup that is none.
        return None
    if len(reader.forms) != 1:
        return None
    (form,) = reader.forms
    if form.method != "post" or not form.action:
        return None
    return Onward.from_page(form.action, form.fields, address=address)


@dataclass(slots=True)
class _Form:
    action: str
    method: str
    fields: list[tuple[str, str]]


class _Forms(HTMLParser):
    """Collects the forms of a page with what they would send."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a form, or a field of the form that is open."""
        said = {name: value or "" for name, value in reversed(attrs)}
        if tag == "form":
            self.forms.append(_Form(said.get("action", "").strip(), said.get("method", ""), []))
            self.forms[-1].method = self.forms[-1].method.strip().lower()
            self._is_inside = True
        elif tag == "input" and self._is_inside:
            self._add(said)

    def handle_endtag(self, tag: str) -> None:
        """Notes where a form ends."""
        if tag == "form":
            self._is_inside = False

    def _add(self, said: dict[str, str]) -> None:
        if said.get("name") and said.get("type", "").lower() not in _NOT_SENT:
            self.forms[-1].fields.append((said["name"], said.get("value", "")))
