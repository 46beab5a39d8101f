"""What Sipay knows of cards: the instalments they may be paid in, and the cards it keeps."""

from dataclasses import replace
from typing import Final

from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.answers import Answer, Code, minor_units
from bezant.integrations.acquirers.sipay.client import SipayClient
from bezant.integrations.acquirers.sipay.forms import forgetting_body, keeping_body, pos_body
from bezant.kernel.money import BASIS_POINTS, Money
from bezant.kernel.rounding import half_up
from bezant.payments.acquirer import (
    AcquirerAway,
    Buyer,
    CardKeepingUnavailable,
    Charge,
    ChargeState,
    NewKeptCard,
    Outcome,
)
from bezant.payments.card import CardInHand, Secret
from bezant.payments.model import InstalmentRate

# Of such a card Sipay has nothing to say; the shop's own table of instalments has.
_NO_SAY: Final = frozenset(
    {Code.NO_POS, Code.NO_COMMISSION_IN_CURRENCY, Code.NO_COMMISSION, Code.NO_INSTALMENT}
    | {Code.FOREIGN_CARD, Code.NO_FOREIGN_COMMISSION, Code.NO_POS_FOR_INSTALMENT}
)
# How long a charge that is taken already may wait for its card to be kept.
_KEEPING_LIMIT_S: Final = 3


class Cards:
    """Cards at one shop."""

    def __init__(self, client: SipayClient, access: SipayAccess) -> None:
        self._client = client
        self._access = access

    async def instalments(self, digits: str, amount: Money) -> tuple[InstalmentRate, ...]:
        """The ways to pay `amount` with such a card. Raises `AcquirerAway`."""
        answer = await self._client.ask("api/getpos", pos_body(digits, amount, self._access))
        if answer.code in _NO_SAY:
            return ()
        if answer.code != Code.DONE:
            raise AcquirerAway
        return _rates(answer, amount)

    async def keep(
        self, card: CardInHand, *, owner: str, buyer: Buyer, limit_s: float | None = None
    ) -> NewKeptCard:
        """Has a card kept. Raises `CardKeepingUnavailable`, `AcquirerAway`."""
        body = keeping_body(card, owner, buyer, self._access)
        answer = await self._client.ask("api/saveCard", body, limit_s=limit_s)
        token = answer.text("card_token")
        if answer.code == Code.UNKNOWN_ERROR:
            raise AcquirerAway
        if answer.code != Code.DONE or not token:
            raise CardKeepingUnavailable
        return NewKeptCard(token=Secret(token), face=card.face)

    async def kept_with(self, outcome: Outcome, charge: Charge) -> Outcome:
        """The outcome with the card that the customer wants kept; never worse for it."""
        card, owner = charge.card, charge.keep_as
        if outcome.state is not ChargeState.CAPTURED or owner is None:
            return outcome
        if not isinstance(card, CardInHand):
            return outcome
        try:
            kept = await self.keep(card, owner=owner, buyer=charge.buyer, limit_s=_KEEPING_LIMIT_S)
        except (AcquirerAway, CardKeepingUnavailable):
            return outcome
        return replace(outcome, kept_card=kept)

    async def forget(self, token: Secret, *, owner: str) -> None:
        """Has a card forgotten; one that Sipay does not know is. Raises `AcquirerAway`."""
        body = forgetting_body(token, owner, self._access)
        answer = await self._client.ask("api/deleteCard", body)
        if answer.code not in {Code.DONE, Code.NO_SUCH_CARD}:
            raise AcquirerAway


def _rates(answer: Answer, amount: Money) -> tuple[InstalmentRate, ...]:
    """One rate for each number of instalments, the dearest where banks differ.

    Sipay chooses the bank when the charge comes, so the dearest is what surely covers it.
    """
    dearest: dict[int, int] = {}
    for row in answer.rows:
        count = row.get("installments_number", "")
        payable = minor_units(row.get("payable_amount") or row.get("amount_to_be_paid", ""))
        if payable is None or not count.isdecimal() or int(count) < 1:
            raise AcquirerAway
        added = max(half_up((payable - amount.minor) * BASIS_POINTS, amount.minor), 0)
        dearest[int(count)] = max(added, dearest.get(int(count), 0))
    return tuple(InstalmentRate(count, count, added) for count, added in sorted(dearest.items()))
