"""The sandbox's wallet: cards as they come, and those that are kept.

Invariants: a number and the value on the back go no further than this; what stays of a number
is its first and last digits and, of a card to be kept, a keyed hash.
"""

import hmac
from dataclasses import dataclass
from datetime import date
from typing import Final

from bezant.integrations.acquirers.sandbox import cards
from bezant.integrations.acquirers.sandbox.cards import Behaviour
from bezant.integrations.acquirers.sandbox.server.records import CardRecord, ChargeRecord
from bezant.integrations.acquirers.sandbox.server.settings import Keys, SandboxSettings
from bezant.integrations.acquirers.sandbox.server.state import State
from bezant.integrations.acquirers.sandbox.wire import CardSent, KeptSent
from bezant.payments.card import (
    BIN_DIGITS,
    LAST_DIGITS,
    LONG_BIN_DIGITS,
    LONG_NUMBER,
    CardExpiry,
    association_of,
)


@dataclass(frozen=True, slots=True)
class Presented:
    """The card of a charge, as far as it may be kept."""

    record: CardRecord
    behaviour: Behaviour


class Wallet:
    """Cards, by what the sandbox knows of them."""

    def __init__(self, settings: SandboxSettings, state: State) -> None:
        self._settings, self._state = settings, state
        self._number_key = Keys.of(settings).numbers

    def presented(self, sent: CardSent | KeptSent, *, owner: str) -> Presented:
        """The card that was sent, and what it does with this verification value today."""
        card = self._kept(sent) if isinstance(sent, KeptSent) else self.in_hand(sent, owner=owner)
        behaviour = card.behaviour
        if behaviour is not Behaviour.UNKNOWN:
            if sent.cvv is not None and not sent.cvv.strip("0"):
                behaviour = Behaviour.WRONG_CVV
            expiry = CardExpiry(card.expiry_year, card.expiry_month)
            if expiry.is_over(self._today()):
                behaviour = Behaviour.EXPIRED
        return Presented(card, behaviour)

    def in_hand(self, sent: CardSent, *, owner: str) -> CardRecord:
        """The card as it would be kept for `owner`; an empty one keeps nothing."""
        known = cards.card_of(sent.number)
        number_hash = ""
        if owner and known.behaviour is not Behaviour.UNKNOWN:
            number_hash = hmac.digest(self._number_key, sent.number.encode(), "sha256").hex()
        digits = LONG_BIN_DIGITS if len(sent.number) >= LONG_NUMBER else BIN_DIGITS
        return CardRecord(
            token=self.token(owner, number_hash),
            owner=owner,
            number_hash=number_hash,
            behaviour=known.behaviour,
            is_enrolled=known.is_enrolled,
            holder=sent.holder,
            bin=sent.number[:digits],
            last_four=sent.number[-LAST_DIGITS:],
            expiry_year=sent.expiry.year,
            expiry_month=sent.expiry.month,
            association=association_of(sent.number),
        )

    def token(self, owner: str, number_hash: str) -> str:
        """What a kept card is called: the same for the same card of an owner."""
        return self._settings.drawn("token", f"{owner}:{number_hash}") if number_hash else ""

    def forget(self, token: str, owner: str) -> None:
        """Forgets a kept card, if it is there."""
        self._state.forget_card(token, owner)

    def _kept(self, sent: KeptSent) -> CardRecord:
        found = self._state.card(sent.token)
        if found is not None and found.owner == sent.owner:
            return found
        return _FORGOTTEN

    def _today(self) -> date:
        return self._settings.clock.now().date()


def card_to_keep(record: ChargeRecord) -> CardRecord:
    """The card of a charge, as it is kept."""
    known = {name: getattr(record, name) for name in CardRecord.__struct_fields__}
    return CardRecord(**known)


_FORGOTTEN: Final = CardRecord(
    token="",
    owner="",
    number_hash="",
    behaviour=Behaviour.UNKNOWN,
    is_enrolled=False,
    holder="",
    bin="",
    last_four="",
    expiry_year=0,
    expiry_month=0,
    association="",
)
