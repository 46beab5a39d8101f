"""`Acquirer` by way of Sipay.

What does not fit one to one: Sipay keeps a card without 3-D and without sending the browser
anywhere, so `keep_card` answers at once and nothing ever comes back to `kept_card`; and it
keeps no card as part of a charge with 3-D, since no card is in hand any more once that is
captured: `Charge.keep_as` is heeded without 3-D only.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import parse_qsl

from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.answers import read_fields
from bezant.integrations.acquirers.sipay.cards import Cards
from bezant.integrations.acquirers.sipay.charging import Charging
from bezant.integrations.acquirers.sipay.client import SipayClient
from bezant.integrations.acquirers.sipay.hashing import open_key
from bezant.integrations.acquirers.sipay.reasons import ANYTHING_ELSE
from bezant.integrations.acquirers.sipay.refunding import Refunding
from bezant.kernel.clock import Clock
from bezant.kernel.money import Money
from bezant.payments.acquirer import (
    CALL_TIMEOUT_S,
    AcquirerAway,
    CardKeeping,
    Challenge,
    Charge,
    ChargeReference,
    ChargeState,
    NewKeptCard,
    NoticeForged,
    Outcome,
    RefundAsked,
    RefundOutcome,
    Returned,
)
from bezant.payments.card import CardInHand, Secret
from bezant.payments.model import InstalmentRate

# Where a charge's name stands in a key of Sipay's: status, total, charge, order, currency.
_CHARGE: Final = 2
_STEPS_OF_A_REFUND: Final = 3


class SipayAcquirer:
    """Takes card payments through one shop's account at Sipay."""

    def __init__(
        self, access: SipayAccess, *, clock: Clock, call_limit_s: float = CALL_TIMEOUT_S
    ) -> None:
        self._access = access
        self._call_limit_s = call_limit_s
        self._client = SipayClient(access, clock=clock, limit_s=call_limit_s)
        self._cards = Cards(self._client, access)
        self._charging = Charging(self._client, access, self._cards)
        self._refunding = Refunding(
            self._client, access, step_limit_s=call_limit_s / _STEPS_OF_A_REFUND
        )

    @property
    def name(self) -> str:
        """What the acquirer is called in the books."""
        return "sipay"

    @property
    def keeps_paid_cards(self) -> bool:
        """Whether a card can be kept along with a charge that passes 3-D."""
        return False

    async def start(self, charge: Charge) -> Outcome | Challenge:
        """Begins a charge; one in another currency than the account's is declined unsent."""
        if charge.amount.currency is not self._access.currency:
            return Outcome(
                reference=charge.reference,
                state=ChargeState.DECLINED,
                reason=ANYTHING_ELSE,
                explanation=f"{charge.amount.currency} is not taken",
            )
        async with self._in_time():
            if charge.is_3d:
                return await self._charging.send_to_bank(charge)
            return await self._charging.take(charge)

    async def confirm(self, reference: ChargeReference, returned: Returned) -> Outcome:
        """What became of a charge; the browser only says that it is time to ask."""
        if self._charge_in(returned) != reference:
            raise NoticeForged
        return await self.query(reference)

    async def query(self, reference: ChargeReference) -> Outcome:
        """What has become of a charge, as Sipay says now."""
        async with self._in_time():
            return await self._charging.standing(reference)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> ChargeReference:
        """Which charge a notice is about. Sipay's are forms; one in JSON is read as well."""
        is_json = headers.get("content-type", "").startswith("application/json")
        try:
            said = read_fields(body) if is_json else dict(parse_qsl(body.decode()))
        except ValueError:
            raise NoticeForged from None
        return self._charge_in(said)

    async def refund(self, asked: RefundAsked) -> RefundOutcome:
        """Gives money back once, however often it is asked for; `refunding` says how."""
        async with self._in_time():
            return await self._refunding.refund(asked)

    async def instalments(self, digits: str, amount: Money) -> Sequence[InstalmentRate]:
        """What paying in instalments adds, by what Sipay would have the customer pay."""
        async with self._in_time():
            return await self._cards.instalments(digits, amount)

    async def keep_card(self, card: CardInHand, keeping: CardKeeping) -> NewKeptCard | Challenge:
        """Has a card kept; Sipay answers at once."""
        async with self._in_time():
            return await self._cards.keep(card, owner=keeping.owner, buyer=keeping.buyer)

    async def kept_card(
        self,
        reference: ChargeReference,  # noqa: ARG002 - as the protocol has it.
        returned: Returned,  # noqa: ARG002 - as the protocol has it.
    ) -> NewKeptCard | None:
        """Sipay sends no browser back from keeping a card: whatever comes is not Sipay's."""
        raise NoticeForged

    async def forget_card(self, token: Secret, owner: str) -> None:
        """Has a kept card forgotten."""
        async with self._in_time():
            await self._cards.forget(token, owner=owner)

    async def close(self) -> None:
        """Ends its connections."""
        await self._client.close()

    def _charge_in(self, said: Returned) -> ChargeReference:
        """The charge in a key that only Sipay can have made. Raises `NoticeForged`."""
        found = open_key(said.get("hash_key", ""), secret=self._access.app_secret) or ()
        if len(found) <= _CHARGE or not found[_CHARGE]:
            raise NoticeForged
        # The name beside the key may be missing, but it may not be another's.
        if said.get("invoice_id", found[_CHARGE]) != found[_CHARGE]:
            raise NoticeForged
        return ChargeReference(found[_CHARGE])

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Gives up after as long as any call may take, however many requests it is."""
        try:
            async with asyncio.timeout(self._call_limit_s):
                yield
        except TimeoutError:
            raise AcquirerAway from None
