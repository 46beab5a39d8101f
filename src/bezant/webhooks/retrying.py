"""When a delivery is tried again, and when it is given up.

Invariants: the time of a next try depends on the event, on how often it was tried and on what
the receiver asked for, on nothing else; no delivery is tried later than three days after its
first try.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bezant.webhooks.model import MAX_ERROR_LENGTH, Answer, DeliveryState, Due, EventId, Tried

TRY_FOR: Final = timedelta(days=3)
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""How long to wait after the first failure, the second, and so on; the last one repeats."""
JITTER_PER_MILLE: Final = 200
"""A pause is made longer by up to so much, so that what failed together comes apart."""


def tried(due: Due, answer: Answer, *, now: datetime) -> Tried:
    """What a try makes of a delivery: delivered, to be tried again, or parked."""
    first = due.first_tried_at or now
    state, next_try_at = DeliveryState.DELIVERED, None
    if not answer.is_success:
        next_try_at = _next_try(due, answer, first=first, now=now)
        state = DeliveryState.WAITING if next_try_at else DeliveryState.PARKED
    return Tried(
        number=due.number,
        state=state,
        first_tried_at=first,
        next_try_at=next_try_at,
        status=answer.status,
        error=answer.error[:MAX_ERROR_LENGTH],
    )


def pause(tries: int, event_id: EventId) -> timedelta:
    """How long to wait once an event has failed for the `tries`-th time, from 1 on."""
    known = PAUSES[min(tries, len(PAUSES)) - 1]
    # Drawn from the event and the try, so that it is the same whoever reckons it.
    drawn = int.from_bytes(sha256(f"{event_id}/{tries}".encode()).digest()[:4])
    return known * (1000 + drawn % (JITTER_PER_MILLE + 1)) / 1000


def _next_try(due: Due, answer: Answer, *, first: datetime, now: datetime) -> datetime | None:
    """When to try again; None when it has been tried for long enough, or for nothing."""
    over = first + TRY_FOR
    if answer.is_gone or now >= over:
        return None
    wait = pause(due.tries + 1, due.event_id)
    if answer.retry_after is not None:
        wait = max(wait, answer.retry_after)
    return min(now + wait, over)
