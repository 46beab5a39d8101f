"""A card is given to be kept, on our own page and without paying.

The acquirer is asked between two transactions: the first writes down by which reference, the
second what came of it. Two cards are never given at once on one visit. A card that the
acquirer says it has kept is remembered whatever became of the visit meanwhile.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PAYMENT_TOKEN_LENGTH, random_token, reference
from bezant.kernel.texts import Language, Text
from bezant.payments import queries
from bezant.payments.acquirer import (
    CALL_TIMEOUT_S,
    AcquirerAway,
    Buyer,
    CardKeeping,
    CardKeepingUnavailable,
    Challenge,
    ChargeReference,
    NewKeptCard,
    NoticeForged,
    Returned,
)
from bezant.payments.card import CardInHand
from bezant.payments.kept import (
    ANY_REASON,
    BANK_LIFE,
    MAX_CARDS,
    MAX_TRIES,
    VISIT_LIFE,
    CardDesk,
    CardOwner,
    CardToRemember,
    Keeping,
    KeepingClosed,
    KeepingFailed,
    KeepingState,
    KeepingToken,
    KeepingView,
    NoSuchKeeping,
    NotRemembered,
    TooManyCards,
    step_of,
    takes_card,
)
from bezant.payments.queries import Visitor
from bezant.payments.service import cards
from bezant.payments.store import cards as card_store
from bezant.payments.store import keepings as store

BUSY_FOR: Final = timedelta(seconds=CALL_TIMEOUT_S + 10)
"""How long no other card is taken: longer than any call to an acquirer."""
KEPT_FOR: Final = timedelta(days=30)
"""How long a visit that is over can still be looked at."""
TIDY_BATCH: Final = 1_000
BANK_AWAY, NOT_PASSED = "091", "050"
_LIVE: Final = frozenset({KeepingState.NEW, KeepingState.CHALLENGED})
_NOT_KEPT: Final = _LIVE | {KeepingState.LAPSED}

_log: Final = structlog.get_logger("bezant.payments")


async def begin_keeping(
    tx: Tx, owner: CardOwner, *, is_default: bool, language: Language, now: datetime
) -> KeepingToken:
    """A visit on which the customer can give a card; its token.

    The customer stays meanwhile: the caller refers to it. Raises `TooManyCards`.
    """
    if await card_store.count_cards(tx, owner) >= MAX_CARDS:
        raise TooManyCards(limit=MAX_CARDS)
    keeping = Keeping(
        owner=owner,
        token=KeepingToken(random_token(PAYMENT_TOKEN_LENGTH)),
        reference=None,
        acquirer="",
        state=KeepingState.NEW,
        busy_until=None,
        tries=0,
        challenge=None,
        is_default=is_default,
        language=language,
        reason="",
        explanation="",
        lapses_at=now + VISIT_LIFE,
    )
    await store.insert_keeping(tx, keeping, now=now)
    return keeping.token


def page_of(base_url: str, token: KeepingToken) -> str:
    """The address of a visit's page."""
    return f"{base_url}/pay/cards/{token}"


async def show_keeping(desk: CardDesk, token: KeepingToken) -> KeepingView:
    """A visit as its page shows it. Raises `NoSuchKeeping`."""
    async with desk.db.reading() as connection:
        keeping, visitor = await _visit(connection, token)
    return _view(keeping, visitor, desk.clock.now())


async def keep(desk: CardDesk, token: KeepingToken, card: CardInHand, *, ip: str) -> KeepingView:
    """Has the card kept that the customer gave on the page.

    Raises `NoSuchKeeping`, and `KeepingClosed` when no card can be given now.
    """
    asked = await desk.db.write(lambda tx: _begin_try(tx, desk, token, ip))
    try:
        result = await desk.acquirer.keep_card(card, asked)
    except AcquirerAway:
        _log.warning("no answer to a card to be kept", reference=asked.reference)
        await _refuse(desk, token, asked.reference, KeepingFailed(BANK_AWAY, ""))
    except CardKeepingUnavailable:
        await _refuse(desk, token, asked.reference, KeepingFailed(ANY_REASON, ""))
    else:
        await _heard(desk, token, asked.reference, result)
    return await show_keeping(desk, token)


async def came_back(desk: CardDesk, token: KeepingToken, returned: Returned) -> KeepingView:
    """The browser is back from the bank: the acquirer is asked whether the card is kept.

    What the browser brings is believed for nothing; forged, it changes nothing. Nor does an
    acquirer that gives no answer: the same return may be brought again. Raises
    `NoSuchKeeping`.
    """
    async with desk.db.reading() as connection:
        keeping, _ = await _visit(connection, token)
    is_awaited = keeping.state in (KeepingState.CHALLENGED, KeepingState.LAPSED)
    if keeping.reference is None or not is_awaited or keeping.acquirer != desk.acquirer.name:
        return await show_keeping(desk, token)
    name = ChargeReference(keeping.reference)
    try:
        kept = await desk.acquirer.kept_card(name, returned)
    except AcquirerAway:
        _log.warning("no answer on the return of a card to be kept", reference=name)
    except NoticeForged:
        _log.warning("forged return of a card to be kept", reference=name)
    else:
        if kept is None:
            await _refuse(desk, token, name, KeepingFailed(NOT_PASSED, ""))
        else:
            await _heard(desk, token, name, kept)
    return await show_keeping(desk, token)


async def tidy_keepings(connection: Connection, *, now: datetime) -> None:
    """Ends visits that took too long and deletes those that are long over; a worker's duty."""
    await store.lapse_keepings(connection, now=now, at_most=TIDY_BATCH)
    await store.delete_keepings(connection, before=now - KEPT_FOR, at_most=TIDY_BATCH)


async def _begin_try(tx: Tx, desk: CardDesk, token: KeepingToken, ip: str) -> CardKeeping:
    now, name = desk.clock.now(), ChargeReference(reference())
    keeping = await store.lock_keeping(tx, token)
    if keeping is None:
        raise NoSuchKeeping
    if not takes_card(keeping, now):
        raise KeepingClosed
    _, visitor = await _visit(tx, token)
    await store.begin_try(
        tx, token, reference=name, acquirer=desk.acquirer.name, busy_until=now + BUSY_FOR
    )
    return CardKeeping(
        reference=name,
        owner=keeping.owner.name,
        buyer=Buyer(name=visitor.name, email=visitor.email, phone=visitor.phone, ip=ip),
        return_url=f"{page_of(desk.base_url, token)}/return",
        language=keeping.language,
    )


async def _heard(
    desk: CardDesk, token: KeepingToken, name: ChargeReference, result: NewKeptCard | Challenge
) -> None:
    """Writes down what an acquirer said of a card that was given."""
    now = desk.clock.now()
    if isinstance(result, Challenge):
        until = now + BANK_LIFE
        async with desk.db.transaction() as tx:
            await store.challenge_keeping(tx, token, reference=name, challenge=result, until=until)
        return

    async def work(tx: Tx, keeping: Keeping) -> None:
        new = CardToRemember(
            owner=keeping.owner,
            acquirer=desk.acquirer.name,
            kept=result,
            is_default=keeping.is_default,
        )
        card = await cards.remember(tx, new, vault=desk.vault, now=now)
        if isinstance(card, NotRemembered):
            failed = KeepingFailed(ANY_REASON, _words(card, keeping.language))
            await store.settle_keeping(
                tx, keeping, KeepingState.FAILED, before=_NOT_KEPT, failed=failed
            )
        else:
            await store.settle_keeping(tx, keeping, KeepingState.KEPT, before=_NOT_KEPT)

    await _settle(desk, token, name, work)


async def _refuse(
    desk: CardDesk, token: KeepingToken, name: ChargeReference, failed: KeepingFailed
) -> None:
    """Writes down that a card was not kept; another one may be given, but not for ever."""

    async def work(tx: Tx, keeping: Keeping) -> None:
        is_last = keeping.tries >= MAX_TRIES
        state = KeepingState.FAILED if is_last else KeepingState.NEW
        await store.settle_keeping(tx, keeping, state, before=_LIVE, failed=failed)

    await _settle(desk, token, name, work)


async def _settle(
    desk: CardDesk,
    token: KeepingToken,
    name: ChargeReference,
    work: Callable[[Tx, Keeping], Awaitable[None]],
) -> None:
    """Writes down what came of a try, and of no other on the same visit."""

    async def write(tx: Tx) -> None:
        # Not locked: the customer is held first, and every change is a compare-and-set.
        keeping = await store.select_keeping(tx, token)
        if keeping is not None:
            await work(tx, replace(keeping, reference=name))

    await desk.db.write(write)


async def _visit(connection: Connection, token: KeepingToken) -> tuple[Keeping, Visitor]:
    keeping = await store.select_keeping(connection, token)
    visitor = await queries.visitor(connection, token)
    if keeping is None or visitor is None:
        raise NoSuchKeeping
    return keeping, visitor


def _view(keeping: Keeping, visitor: Visitor, now: datetime) -> KeepingView:
    return KeepingView(
        token=keeping.token,
        language=keeping.language,
        seller=visitor.seller,
        until=keeping.lapses_at,
        step=step_of(keeping, now),
    )


def _words(why: NotRemembered, language: Language) -> str:
    if why is NotRemembered.TOO_MANY:
        return Text("card.too_many", {"limit": MAX_CARDS}).into(language)
    return ""
