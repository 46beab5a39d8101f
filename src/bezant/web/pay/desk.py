"""Who the payment pages ask: the desk that takes payments, and what else they need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from bezant.checkout.model import CardOffer, InstalmentPlan, Notice, PayView
from bezant.kernel.clock import Clock
from bezant.kernel.ids import PaymentToken


class PayDesk(Protocol):
    """Takes payments; the pages know nothing else of checkout."""

    async def show_payment(self, token: PaymentToken) -> PayView:
        """How far a payment is. Raises `NoSuchPayment`."""
        ...

    async def pay_by_card(self, token: PaymentToken, offer: CardOffer) -> PayView:
        """Charges a card.

        Raises `NoSuchPayment`, `PaymentClosed`, `CardPaymentsOff`, `AcquirerAway`.
        """
        ...

    async def come_back(self, token: PaymentToken, returned: Mapping[str, str]) -> PayView:
        """The customer is back from the bank. Raises `NoSuchPayment`, `NoticeForged`, `AcquirerAway`."""
        ...

    async def hear_notice(self, acquirer: str, notice: Notice) -> None:
        """An acquirer tells that a charge changed. Raises `NoticeForged`, `AcquirerAway`."""
        ...

    async def instalment_plans(self, token: PaymentToken, digits: str) -> Sequence[InstalmentPlan]:
        """The ways to spread a payment with a card of these first digits, at once being first."""
        ...


@dataclass(frozen=True, slots=True)
class Front:
    """What the pages need of the house.

    `address_of` tells a client's address from the connection's and `X-Forwarded-For`.
    """

    desk: PayDesk
    clock: Clock
    time_zone: tzinfo
    base_url: str
    address_of: Callable[[str, str], str]
