"""Takes money through Sipay, with 3-D or without, and asks what became of it.

Invariants: no charge is ever sent twice; a browser is sent on to nothing but https, and with
neither a card's number nor the value on its back.
"""

from typing import Final

from bezant.integrations.acquirers.sipay.access import SipayAccess, is_guarded
from bezant.integrations.acquirers.sipay.answers import Answer, Code, answer_of
from bezant.integrations.acquirers.sipay.cards import Cards
from bezant.integrations.acquirers.sipay.client import Reply, SipayClient, away
from bezant.integrations.acquirers.sipay.forms import charge_body, charge_form, status_body
from bezant.integrations.acquirers.sipay.outcomes import declined, refused, replied, standing
from bezant.integrations.acquirers.sipay.page import Onward, onward_from
from bezant.payments.acquirer import (
    AcquirerAway,
    Challenge,
    Charge,
    ChargeReference,
    ChargeState,
    Outcome,
)
from bezant.payments.card import CardInHand

_WITH_CARD: Final = ("api/paySmart3D", "api/paySmart2D")
_WITH_KEPT_CARD: Final = ("api/payByCardToken", "api/payByCardTokenNonSecure")


class Charging:
    """Charges of one shop."""

    def __init__(self, client: SipayClient, access: SipayAccess, cards: Cards) -> None:
        self._client = client
        self._access = access
        self._cards = cards

    async def take(self, charge: Charge) -> Outcome:
        """Charges a card at once. Raises `AcquirerAway`."""
        path = _paths(charge)[1]
        answer = await self._client.ask(path, charge_body(charge, self._access))
        outcome = replied(charge.reference, answer, amount=charge.amount)
        return await self._cards.kept_with(outcome, charge)

    async def send_to_bank(self, charge: Charge) -> Outcome | Challenge:
        """Begins a charge with 3-D and says where the browser goes. Raises `AcquirerAway`."""
        path = _paths(charge)[0]
        reply = await self._client.page(path, charge_form(charge, self._access))
        answer = reply.answer
        if answer is not None:
            return _without_page(charge, answer)
        onward = _onward(reply, address=self._access.url(path))
        if onward is None:
            raise away(path, "no page that leads to a bank")
        if onward.leads_to(charge.return_url):
            return await self._sent_home(charge, onward)
        card = charge.card
        if not is_guarded(onward.url) or (isinstance(card, CardInHand) and onward.tells(card)):
            raise away(path, "a page that nobody may be sent on to")
        return Challenge(url=onward.url, fields=onward.fields)

    async def standing(self, reference: ChargeReference) -> Outcome:
        """What became of a charge. Raises `AcquirerAway`."""
        answer = await self._client.ask("api/checkstatus", status_body(reference, self._access))
        return standing(reference, answer, currency=self._access.currency)

    async def _sent_home(self, charge: Charge, onward: Onward) -> Outcome:
        """What became of a charge whose page leads straight back to us.

        Sipay refuses a charge that way, and a bank that asks the customer nothing may let
        one pass. The page is Sipay's own answer to us, yet Sipay is asked; only of a charge
        that it has not heard of is the page's refusal believed.
        """
        outcome = await self.standing(charge.reference)
        if outcome.state is not ChargeState.UNHEARD:
            return outcome
        answer = answer_of(onward.said)
        if answer is None or answer.code == Code.DONE:
            raise AcquirerAway
        return declined(charge.reference, answer)


def _paths(charge: Charge) -> tuple[str, str]:
    """Where to send the charge with 3-D and without."""
    return _WITH_CARD if isinstance(charge.card, CardInHand) else _WITH_KEPT_CARD


def _without_page(charge: Charge, answer: Answer) -> Outcome:
    """What an answer says where a page was due: never that the money was taken."""
    if answer.code == Code.DONE:
        raise AcquirerAway
    return refused(charge.reference, answer)


def _onward(reply: Reply, *, address: str) -> Onward | None:
    if reply.location:
        return Onward.from_page(reply.location, (), address=address)
    return onward_from(reply.text, address=address)
