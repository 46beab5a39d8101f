"""A made-up Sipay, the adapter that speaks to it, and things to pay with."""

from collections.abc import AsyncIterator
from datetime import date

import pytest_asyncio

from bezant.integrations.acquirers.sipay import SipayAccess, SipayAcquirer
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import Buyer, Charge, ChargeReference, KeptCard
from bezant.payments.card import CardForm, CardInHand, Secret
from tests.factories.clock import FakeClock
from tests.integrations.acquirers.sipay.fake import (
    APP_ID,
    APP_SECRET,
    MERCHANT_KEY,
    FakeSipay,
    running_sipay,
)

NUMBER = "4546711234567894"
CVV = "731"
RETURN_URL = "https://shop.example/pay/return"
BUYER = Buyer(name="Ayşe Nur Yılmaz", email="ayse@shop.example", phone="5301112233", ip="8.8.8.8")


@pytest_asyncio.fixture
async def sipay(clock: FakeClock) -> AsyncIterator[FakeSipay]:
    """Sipay."""
    async with running_sipay(clock) as found:
        yield found


@pytest_asyncio.fixture
async def acquirer(sipay: FakeSipay, clock: FakeClock) -> AsyncIterator[SipayAcquirer]:
    """The adapter."""
    made = SipayAcquirer(access_to(sipay.url), clock=clock)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def hasty(sipay: FakeSipay, clock: FakeClock) -> AsyncIterator[SipayAcquirer]:
    """The adapter, which waits for next to nothing."""
    made = SipayAcquirer(access_to(sipay.url), clock=clock, call_limit_s=0.6)
    yield made
    await made.close()


def access_to(url: str, *, app_secret: str = APP_SECRET, web_hook: str = "") -> SipayAccess:
    """What opens the made-up Sipay."""
    return SipayAccess(
        base_url=url,
        app_id=APP_ID,
        app_secret=Secret(app_secret),
        merchant_key=Secret(MERCHANT_KEY),
        currency=Currency.TRY,
        sale_web_hook_key=web_hook,
    )


def a_card() -> CardInHand:
    """A card in hand."""
    form = CardForm(holder="Ayse Nur Yilmaz", number=NUMBER, expiry="12/30", cvv=CVV)
    return CardInHand.read(form, today=date(2026, 6, 1))


def a_charge(
    *,
    reference: str = "A1B2C3D4E5F6G7H8J9K0M1N2",
    minor: int = 124_990,
    currency: Currency = Currency.TRY,
    instalment: int = 1,
    card: CardInHand | KeptCard | None = None,
    is_3d: bool = False,
    keep_as: str | None = None,
    buyer: Buyer = BUYER,
) -> Charge:
    """A charge of 1,249.90 lira."""
    return Charge(
        reference=ChargeReference(reference),
        amount=Money(minor, currency),
        instalment=instalment,
        card=card or a_card(),
        is_3d=is_3d,
        buyer=buyer,
        return_url=RETURN_URL,
        language=Language.TR,
        description="Sipariş B-1042",
        keep_as=keep_as,
    )
