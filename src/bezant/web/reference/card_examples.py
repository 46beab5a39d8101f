"""The examples of kept cards."""

from collections.abc import Mapping
from typing import Final

from bezant.payments.kept import KeepingToken
from bezant.payments.model import CardType
from bezant.web.partner.wire.cards import CardAdd, CardList, CardRemove, WireCard, card_entry
from bezant.web.reference.example import CUSTOMER, Example


def examples_of_cards(base_url: str) -> Mapping[str, Example]:
    """The examples of kept cards by the operation's name."""
    return {
        "listCards": Example([_CARD], body=CardList(external_customer_id=CUSTOMER)),
        "addCard": Example(
            card_entry(_KEEPING, base_url),
            body=CardAdd(external_customer_id=CUSTOMER, is_default=True),
        ),
        "removeCard": Example(
            _CARD, body=CardRemove(external_customer_id=CUSTOMER, card_token=_CARD.card_token)
        ),
    }


_CARD: Final = WireCard(
    card_token="dR3mWc0aZ7uVxq1YhT5kNs8PgLb2JfEo",  # noqa: S106 - of a card that never was.
    card_holder="JOHN DUE",
    bin="454360",
    last_four="7897",
    card_expiry="12/30",
    card_association="VISA",
    card_type=CardType.CREDIT,
    bank_name="Kervan Bankası",
    is_default=True,
)
_KEEPING: Final = KeepingToken("v2Kq8ZtR" * 16)
