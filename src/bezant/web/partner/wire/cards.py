"""Kept cards on the wire: what may be shown of a card, and never its number."""

from typing import Annotated

from msgspec import Meta, Struct

from bezant.payments.kept import KeepingToken, StoredCard
from bezant.payments.model import CardType
from bezant.payments.service.keepings import page_of
from bezant.web.partner.wire.values import CustomerRef

CardTokenText = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9]{32}$",
        description="The kept card's `card_token`.",
        examples=["dR3mWc0aZ7uVxq1YhT5kNs8PgLb2JfEo"],
    ),
]


class CardList(Struct, frozen=True, kw_only=True):
    """Whose cards."""

    external_customer_id: CustomerRef


class CardAdd(Struct, frozen=True, kw_only=True):
    """For whom a card is to be kept. The first card of a customer is the default one anyway."""

    external_customer_id: CustomerRef
    is_default: bool = False


class CardRemove(Struct, frozen=True, kw_only=True):
    """Which card."""

    external_customer_id: CustomerRef
    card_token: CardTokenText


class WireCard(Struct, frozen=True, kw_only=True):
    """A kept card. `bin` has six or eight digits; what is not known is empty or null."""

    card_token: str
    card_holder: str
    bin: str
    last_four: str
    card_expiry: str
    card_association: str
    card_type: CardType | None
    bank_name: str
    is_default: bool


class CardEntry(Struct, frozen=True, kw_only=True):
    """Where the customer gives the card. `is_3d` says that the bank may ask for 3-D there."""

    token: str
    redirect_url: str
    is_3d: bool


def wire_card(card: StoredCard) -> WireCard:
    """A kept card as it is answered."""
    face = card.face
    return WireCard(
        card_token=card.token,
        card_holder=face.holder,
        bin=face.bin,
        last_four=face.last_four,
        card_expiry="" if face.expiry is None else str(face.expiry),
        card_association=face.association,
        card_type=card.card_type,
        bank_name=card.bank_name,
        is_default=card.is_default,
    )


def card_entry(token: KeepingToken, base_url: str) -> CardEntry:
    """The page on which a card is given, as it is answered."""
    return CardEntry(token=token, redirect_url=page_of(base_url, token), is_3d=True)
