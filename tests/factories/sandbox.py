"""A sandbox acquirer for tests, on loopback, with somebody to hear its notices."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from litestar.types import Receive, Scope, Send

from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.integrations.acquirers.sandbox.control import SandboxControl
from bezant.integrations.acquirers.sandbox.server import SandboxSettings, create_sandbox
from bezant.integrations.acquirers.sandbox.server.serving import serving
from bezant.kernel.clock import Clock
from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language
from bezant.payments.acquirer import (
    Buyer,
    CardKeeping,
    Charge,
    ChargeReference,
    KeptCard,
    RefundAsked,
    RefundReference,
)
from bezant.payments.card import CardForm, CardInHand
from tests.factories.clock import A_MORNING, FakeClock
from tests.factories.servers import free_port

SANDBOX_SECRET = "a secret that two companies share"
RETURN_URL = "http://shop.test/pay/TOKEN/3d?lang=tr"
GOOD, GOOD_3D = "4532010000000008", "5528740000000003"
A_BUYER = Buyer(name="Ayşe Yılmaz", email="ayse@example.com", phone="+905551112233", ip="127.0.0.1")
_numbers = count(1)


@dataclass
class NoticeBoard:
    """What was posted to a merchant; `status` is what it answers."""

    url: str = ""
    status: int = 204
    posted: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The merchant's server."""
        if scope["type"] != "http":  # type: ignore[comparison-overlap]  # a server says more.
            return
        message = await receive()
        assert message["type"] == "http.request"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.posted.append((headers, message["body"]))
        length = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": self.status, "headers": length})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers, and both ways to it."""

    settings: SandboxSettings
    access: SandboxAccess
    acquirer: SandboxAcquirer
    control: SandboxControl


@asynccontextmanager
async def running_sandbox(
    *, clock: Clock | None = None, **changes: object
) -> AsyncIterator[RunningSandbox]:
    """A sandbox in this process, on a free port; its state is in memory unless told."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = SandboxSettings(
        **{  # type: ignore[arg-type]  # a test names the fields that it changes.
            "secret": SANDBOX_SECRET,
            "public_url": url,
            "clock": clock or FakeClock(),
            **changes,
        }
    )
    access = SandboxAccess.under(url, settings.secret, timeout_s=10)
    async with serving(create_sandbox(settings), host="127.0.0.1", port=port):
        acquirer, control = SandboxAcquirer(access), SandboxControl(access)
        try:
            yield RunningSandbox(settings, access, acquirer, control)
        finally:
            await acquirer.close()
            await control.close()


@asynccontextmanager
async def notice_board() -> AsyncIterator[NoticeBoard]:
    """A merchant's server that keeps what is posted to it."""
    port = free_port()
    board = NoticeBoard(url=f"http://127.0.0.1:{port}/notice")
    async with serving(board, host="127.0.0.1", port=port):
        yield board


def new_reference() -> ChargeReference:
    """A reference that no charge has."""
    return ChargeReference(f"C{next(_numbers):023d}")


def a_card(number: str = GOOD, *, cvv: str = "123", expiry: str = "12/30") -> CardInHand:
    """A card as a customer typed it."""
    form = CardForm("Ayşe Yılmaz", number, expiry, cvv)
    return CardInHand.read(form, today=date(2020, 1, 1))


def a_charge(
    card: CardInHand | KeptCard | None = None,
    *,
    reference: ChargeReference | None = None,
    minor: int = 291_473,
    currency: Currency = Currency.TRY,
    instalment: int = 1,
    is_3d: bool = False,
    language: Language = Language.EN,
    keep_as: str | None = None,
) -> Charge:
    """A charge of 2914.73 lira."""
    return Charge(
        reference=reference or new_reference(),
        amount=Money(minor, currency),
        instalment=instalment,
        card=card or a_card(),
        is_3d=is_3d,
        buyer=A_BUYER,
        return_url=RETURN_URL,
        language=language,
        description="MC_0123456789abc",
        keep_as=keep_as,
    )


def a_keeping(owner: str = "customer-1") -> CardKeeping:
    """A wish to have a card kept."""
    return CardKeeping(
        reference=new_reference(),
        owner=owner,
        buyer=A_BUYER,
        return_url=RETURN_URL,
        language=Language.TR,
    )


def a_refund(
    charge: ChargeReference, minor: int, *, reference: str = "", currency: Currency = Currency.TRY
) -> RefundAsked:
    """Money to go back."""
    return RefundAsked(
        reference=RefundReference(reference or f"R{next(_numbers):023d}"),
        charge=charge,
        amount=Money(minor, currency),
        transaction_id="",
        order_reference="",
    )


THE_DAY = A_MORNING.date()
