"""Who the payment pages ask: the desk that takes payments, and what else they need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Protocol

from bezant.kernel.clock import Clock
from bezant.kernel.ids import PaymentToken
from bezant.payments.card import CardInHand
from bezant.payments.kept import CardDesk, KeepingToken, KeepingView
from bezant.payments.service import keepings, legs, paying
from bezant.payments.till import Till
from bezant.payments.views import CardOffer, InstalmentPlan, Notice, PayView


class PayDesk(Protocol):
    """Takes payments; the pages know nothing else of the house."""

    async def show_payment(self, token: PaymentToken) -> PayView:
        """How far a payment is. Raises `NoSuchPayment`."""
        ...

    async def pay_by_card(self, token: PaymentToken, offer: CardOffer) -> PayView:
        """Charges a card.

        Raises `NoSuchPayment`, `PaymentClosed`, `CardPaymentsOff`, and `Invalid` for
        instalments that such a card does not have.
        """
        ...

    async def come_back(self, token: PaymentToken, returned: Mapping[str, str]) -> PayView:
        """The customer is back from the bank, with what the browser brought.

        Raises `NoSuchPayment`.
        """
        ...

    async def give_up(self, token: PaymentToken) -> PayView:
        """Cancels the order of a customer who does not want to pay.

        Raises `NoSuchPayment`, `ChargeUnderWay`.
        """
        ...

    async def hear_notice(self, acquirer: str, notice: Notice) -> None:
        """An acquirer tells that a charge changed. Raises `NoticeForged`, `AcquirerAway`."""
        ...

    async def instalment_plans(self, token: PaymentToken, digits: str) -> Sequence[InstalmentPlan]:
        """The ways to spread a payment with a card of these first digits, at once being first."""
        ...


class KeepDesk(Protocol):
    """Has cards kept without a payment."""

    async def show_keeping(self, token: KeepingToken) -> KeepingView:
        """How far a visit is. Raises `NoSuchKeeping`."""
        ...

    async def keep(self, token: KeepingToken, card: CardInHand, *, ip: str) -> KeepingView:
        """Has a card kept. Raises `NoSuchKeeping`, `KeepingClosed`."""
        ...

    async def came_back(self, token: KeepingToken, returned: Mapping[str, str]) -> KeepingView:
        """The customer is back from the bank. Raises `NoSuchKeeping`."""
        ...


@dataclass(frozen=True, slots=True)
class TillDesk:
    """The desk of the house, at its till."""

    till: Till

    async def show_payment(self, token: PaymentToken) -> PayView:
        """See `PayDesk`."""
        return await paying.show_payment(self.till, token)

    async def pay_by_card(self, token: PaymentToken, offer: CardOffer) -> PayView:
        """See `PayDesk`."""
        return await paying.pay_by_card(self.till, token, offer)

    async def come_back(self, token: PaymentToken, returned: Mapping[str, str]) -> PayView:
        """See `PayDesk`."""
        return await paying.come_back(self.till, token, returned)

    async def give_up(self, token: PaymentToken) -> PayView:
        """See `PayDesk`."""
        return await paying.give_up(self.till, token)

    async def hear_notice(self, acquirer: str, notice: Notice) -> None:
        """See `PayDesk`."""
        await legs.hear_notice(self.till, acquirer, notice)

    async def instalment_plans(self, token: PaymentToken, digits: str) -> Sequence[InstalmentPlan]:
        """See `PayDesk`."""
        return await paying.instalment_plans(self.till, token, digits)


@dataclass(frozen=True, slots=True)
class HouseKeepDesk:
    """The desk of the house for cards: the payments room's."""

    desk: CardDesk

    async def show_keeping(self, token: KeepingToken) -> KeepingView:
        """See `KeepDesk`."""
        return await keepings.show_keeping(self.desk, token)

    async def keep(self, token: KeepingToken, card: CardInHand, *, ip: str) -> KeepingView:
        """See `KeepDesk`."""
        return await keepings.keep(self.desk, token, card, ip=ip)

    async def came_back(self, token: KeepingToken, returned: Mapping[str, str]) -> KeepingView:
        """See `KeepDesk`."""
        return await keepings.came_back(self.desk, token, returned)


@dataclass(frozen=True, slots=True)
class Front:
    """What the pages need of the house.

    `cards` is None where no acquirer is in use: then nobody was ever sent to keep a card.
    `address_of` tells a client's address from the connection's and `X-Forwarded-For`.
    """

    desk: PayDesk
    cards: KeepDesk | None
    clock: Clock
    time_zone: tzinfo
    base_url: str
    address_of: Callable[[str, str], str]

    def today(self) -> date:
        """The day by the shop's clock, which decides whether a card has expired."""
        return self.clock.now().astimezone(self.time_zone).date()
