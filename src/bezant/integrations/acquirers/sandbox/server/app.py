"""The sandbox as an application: what each of its doors does."""

import asyncio
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar

from bezant.integrations.acquirers.sandbox.cards import instalments_of
from bezant.integrations.acquirers.sandbox.server import page
from bezant.integrations.acquirers.sandbox.server.bank import Handled, NoticeWish
from bezant.integrations.acquirers.sandbox.server.doors import (
    Answer,
    Call,
    Desk,
    Door,
    Malformed,
    create_application,
)
from bezant.integrations.acquirers.sandbox.server.files import settlement_file
from bezant.integrations.acquirers.sandbox.server.records import ChargeRecord
from bezant.integrations.acquirers.sandbox.server.settings import SandboxSettings
from bezant.integrations.acquirers.sandbox.wire import (
    ChargeSent,
    ChargeTold,
    InstalmentTold,
    KeepingSent,
    NoticePlan,
    PlanSent,
    RefundSent,
    ReplyPlan,
    encode,
)
from bezant.kernel.texts import Language
from bezant.payments.acquirer import ChargeState

HTML: Final = "text/html; charset=utf-8"
LONGEST_DELAY_S: Final = 86_400
_MILLIS: Final = 1_000
_NUMBER_OF_SECONDS: Final = 5


def create_sandbox(settings: SandboxSettings) -> Litestar:
    """A sandbox of its own, to be run by an ASGI server."""
    return create_application(settings, DOORS)


async def charge(desk: Desk, call: Call) -> Answer:
    """Makes a charge; the same reference again is answered and charges nothing."""
    return await _handled(desk, desk.bank.charge(_CHARGE.decode(call.body)))


async def keep(desk: Desk, call: Call) -> Answer:
    """Keeps a card."""
    return await _handled(desk, desk.bank.keep(_KEEPING.decode(call.body)))


async def query(desk: Desk, call: Call) -> Answer:
    """What has become of a charge."""
    record = desk.bank.find(call.place)
    if record is None:
        return Answer(encode(ChargeTold(reference=call.place, state=ChargeState.UNHEARD)))
    if record.query_delay_ms:
        await asyncio.sleep(record.query_delay_ms / _MILLIS)
        record = desk.bank.find(call.place) or record
    is_dropped = desk.bank.is_query_lost(record)
    return Answer(encode(desk.bank.told(record)), is_dropped=is_dropped)


async def refund(desk: Desk, call: Call) -> Answer:
    """Gives money back; the same reference again is answered and gives nothing."""
    told, reply = desk.refunds.refund(msgspec.json.decode(call.body, type=RefundSent))
    return Answer(encode(told), is_dropped=reply is not ReplyPlan.NORMAL)


async def forget(desk: Desk, call: Call) -> Answer:
    """Forgets a kept card."""
    desk.wallet.forget(call.place, _query(call).get("owner", ""))
    return _DONE


async def instalments(_desk: Desk, call: Call) -> Answer:
    """What a card can be paid in."""
    found = instalments_of(_query(call).get("digits", ""))
    return Answer(encode([InstalmentTold(*each) for each in found]))


async def settlement(desk: Desk, call: Call) -> Answer:
    """The file of one day."""
    try:
        day = date.fromisoformat(call.place)
    except ValueError:
        raise Malformed("a day is YYYY-MM-DD") from None
    file = settlement_file(desk.state, day, desk.settings.settlement_fault)
    return Answer(file, "text/csv; charset=utf-8")


async def show_challenge(desk: Desk, call: Call) -> Answer:
    """The 3-D page; once it is answered, the way back."""
    record = desk.bank.challenge(call.place)
    if record is None:
        return _page(page.plain_page("gone", Language.TR), status=HTTPStatus.NOT_FOUND)
    return _back(desk, record) if _is_over(record) else _challenge(desk, record)


async def answer_challenge(desk: Desk, call: Call) -> Answer:
    """What the customer entered at the 3-D page."""
    record = desk.bank.challenge(call.place)
    if record is None:
        return _page(page.plain_page("gone", Language.TR), status=HTTPStatus.NOT_FOUND)
    if _is_over(record):
        return _back(desk, record)
    form = _form(call)
    wish = _wish(form)
    if form.get("action") == "reject":
        record = desk.bank.reject(record, wish=wish)
    else:
        record = desk.bank.approve(record, code=form.get("code", ""), wish=wish)
    if not _is_over(record):
        return _challenge(desk, record)
    if not record.is_passed:
        await desk.notices.follow(record)
    return _back(desk, record)


async def left(_desk: Desk, call: Call) -> Answer:
    """Where a customer goes who leaves without answering."""
    spoken = _query(call).get("lang")
    language = Language(spoken) if spoken in set(Language) else Language.TR
    return _page(page.plain_page("left", language))


async def style(_desk: Desk, _call: Call) -> Answer:
    """The pages' style sheet."""
    return Answer(page.style(), "text/css; charset=utf-8")


async def plan(desk: Desk, call: Call) -> Answer:
    """Keeps a plan for a charge to come."""
    sent = msgspec.json.decode(call.body, type=PlanSent)
    desk.state.keep_plan(sent.reference or "", sent.plan)
    return Answer(encode(sent.plan))


async def movements(desk: Desk, call: Call) -> Answer:
    """What was taken and given back by a charge."""
    return Answer(encode(desk.state.movements(call.place)))


async def takings(desk: Desk, _call: Call) -> Answer:
    """What was ever taken and given back."""
    return Answer(encode(desk.state.takings()))


async def count_notices(desk: Desk, call: Call) -> Answer:
    """How many notices of a charge arrived, and how many are to come."""
    return Answer(encode(desk.state.count_notices(call.place)))


async def deliver_notices(desk: Desk, _call: Call) -> Answer:
    """Sends at once whatever notice waits."""
    return Answer(encode(await desk.notices.deliver_all()))


async def health(_desk: Desk, _call: Call) -> Answer:
    """That the sandbox runs."""
    return _DONE


DOORS: Final = (
    Door("POST", "/charges", charge),
    Door("GET", "/charges/{reference}", query),
    Door("POST", "/refunds", refund),
    Door("POST", "/cards", keep),
    Door("DELETE", "/cards/{token}", forget),
    Door("GET", "/instalments", instalments),
    Door("GET", "/settlements/{day}", settlement),
    Door("GET", "/3d/{challenge}", show_challenge, is_open=True),
    Door("POST", "/3d/{challenge}", answer_challenge, is_open=True),
    Door("GET", "/left", left, is_open=True),
    Door("GET", "/sandbox.css", style, is_open=True),
    Door("GET", "/healthz", health, is_open=True),
    Door("POST", "/control/plans", plan),
    Door("GET", "/control/movements/{reference}", movements),
    Door("GET", "/control/takings", takings),
    Door("GET", "/control/notices/{reference}", count_notices),
    Door("POST", "/control/notices", deliver_notices),
)
"""Everything that can be asked of a sandbox."""

_CHARGE: Final = msgspec.json.Decoder(ChargeSent)
_KEEPING: Final = msgspec.json.Decoder(KeepingSent)
_DONE: Final = Answer(b"{}")


async def _handled(desk: Desk, handled: Handled) -> Answer:
    record = handled.record
    if record is None:
        return Answer(b"", is_dropped=True)
    if handled.is_new and record.state is not ChargeState.UNDECIDED:
        await desk.notices.follow(record)
    told = desk.bank.told(record, is_new=handled.is_new)
    return Answer(encode(told), is_dropped=handled.reply is not ReplyPlan.NORMAL)


def _is_over(record: ChargeRecord) -> bool:
    """Whether the customer has nothing more to answer."""
    return record.state is not ChargeState.UNDECIDED or record.is_passed


def _challenge(desk: Desk, record: ChargeRecord) -> Answer:
    return _page(page.challenge_page(desk.settings, record))


def _page(body: bytes, *, status: int = HTTPStatus.OK) -> Answer:
    policy = (b"content-security-policy", page.POLICY.encode())
    return Answer(body, HTML, status, (policy,))


def _back(desk: Desk, record: ChargeRecord) -> Answer:
    address = page.return_address(record, desk.keys.signing)
    location = (b"location", address.encode("ascii"))
    return Answer(b"", HTML, HTTPStatus.SEE_OTHER, (location,))


def _query(call: Call) -> Mapping[str, str]:
    return dict(parse_qsl(call.query))


def _form(call: Call) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(call.body.decode("ascii")))
    except UnicodeDecodeError:
        raise Malformed("a form is percent-encoded") from None


def _wish(form: Mapping[str, str]) -> NoticeWish:
    chosen = form.get("notice")
    if chosen not in set(NoticePlan):
        return NoticeWish()
    seconds = form.get("seconds", "")
    # Only a late notice waits as long as the page says.
    if chosen != NoticePlan.LATE or not _is_small_number(seconds):
        return NoticeWish(NoticePlan(chosen))
    return NoticeWish(NoticePlan.LATE, min(int(seconds), LONGEST_DELAY_S) * _MILLIS)


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _NUMBER_OF_SECONDS
