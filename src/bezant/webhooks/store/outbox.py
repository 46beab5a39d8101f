"""Events and their deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.kernel.steps import Step, nothing
from bezant.webhooks.model import (
    DeliveryState,
    DeliveryView,
    Due,
    EndpointId,
    EndpointKey,
    EventId,
    NewEvent,
    Resend,
    Stream,
    Tried,
    new_event_id,
)

if TYPE_CHECKING:
    from asyncpg import Record

ANNOUNCE: Final = """
    SELECT webhook_announce($1, $2, $3)
"""

# Every partner hears of it under the same id; ids are unique for each of them.
ANNOUNCE_TO_ALL: Final = """
    SELECT count(webhook_announce(p.partner_id, $1, $2))
      FROM (SELECT DISTINCT partner_id FROM webhook_endpoint WHERE disabled_at IS NULL) p
"""

SELECT_DUE: Final = """
    SELECT d.number, e.event_id, e.body, d.tries, d.first_tried_at
      FROM webhook_delivery d
      JOIN webhook_event e USING (partner_id, number)
     WHERE d.partner_id = $1 AND d.endpoint_id = $2 AND d.state = 'waiting'
       AND d.next_try_at <= $3
       AND NOT EXISTS (
           SELECT FROM webhook_delivery b
            WHERE b.partner_id = d.partner_id AND b.endpoint_id = d.endpoint_id
              AND b.stream = d.stream AND b.state = 'waiting' AND b.number < d.number)
     ORDER BY d.next_try_at, d.number
     LIMIT $4
"""

# Only what still waits: a delivery that somebody settled meanwhile stays as it is.
RECORD_TRIES: Final = """
    UPDATE webhook_delivery d
       SET state = t.state, tries = d.tries + 1, first_tried_at = t.first_tried_at,
           next_try_at = t.next_try_at, last_status = t.status, last_error = t.error,
           settled_at = CASE WHEN t.state = 'waiting' THEN NULL ELSE $9::timestamptz END
      FROM unnest($3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                  $7::integer[], $8::text[])
           AS t(number, state, first_tried_at, next_try_at, status, error)
     WHERE d.partner_id = $1 AND d.endpoint_id = $2 AND d.number = t.number
       AND d.state = 'waiting'
"""

PARK_WAITING: Final = """
    UPDATE webhook_delivery
       SET state = 'parked', next_try_at = NULL, settled_at = $3, last_error = $4
     WHERE partner_id = $1 AND endpoint_id = $2 AND state = 'waiting'
"""

RESEND: Final = """
    UPDATE webhook_delivery d
       SET state = 'waiting', tries = 0, first_tried_at = NULL, next_try_at = $6,
           settled_at = NULL
      FROM webhook_event e, webhook_endpoint p
     WHERE e.partner_id = $1 AND d.partner_id = $1 AND d.number = e.number
       AND p.partner_id = $1 AND p.endpoint_id = d.endpoint_id AND p.disabled_at IS NULL
       AND ($2::text IS NULL OR e.event_id = $2)
       AND ($3::text IS NULL OR e.stream = $3)
       AND ($4::timestamptz IS NULL OR e.created_at >= $4)
       AND (d.state <> 'delivered' OR NOT $5)
    RETURNING d.endpoint_id
"""

SELECT_DELIVERIES: Final = """
    SELECT d.partner_id, d.endpoint_id, p.url, e.event_id, e.type, d.stream, d.state, d.tries,
           d.next_try_at, d.last_status, d.last_error, e.created_at
      FROM webhook_event e
      JOIN webhook_delivery d USING (partner_id, number)
      JOIN webhook_endpoint p USING (partner_id, endpoint_id)
     WHERE ($1::bigint IS NULL OR e.partner_id = $1)
       AND ($2::text IS NULL OR d.state = $2)
     ORDER BY e.number DESC, d.endpoint_id
     LIMIT $3
"""

FORGET_DELIVERIES: Final = """
    DELETE FROM webhook_delivery d
     USING (SELECT partner_id, endpoint_id, number FROM webhook_delivery
             WHERE state = $1 AND settled_at < $2
             LIMIT $3 FOR UPDATE SKIP LOCKED) AS old
     WHERE d.partner_id = old.partner_id AND d.endpoint_id = old.endpoint_id
       AND d.number = old.number
"""

FORGET_EVENTS: Final = """
    DELETE FROM webhook_event e
     USING (SELECT partner_id, number FROM webhook_event o
             WHERE o.created_at < $1
               AND NOT EXISTS (SELECT FROM webhook_delivery d
                                WHERE d.partner_id = o.partner_id AND d.number = o.number)
             LIMIT $2 FOR UPDATE SKIP LOCKED) AS old
     WHERE e.partner_id = old.partner_id AND e.number = old.number
"""


def announce(
    partner_id: PartnerId, events: Sequence[NewEvent], *, bodies: Sequence[bytes], now: datetime
) -> Step[None]:
    """Writes events for the endpoints that want them."""
    return Step(ANNOUNCE, (partner_id, _told(events, bodies), now), nothing)


async def announce_to_all(
    tx: Tx, events: Sequence[NewEvent], *, bodies: Sequence[bytes], now: datetime
) -> None:
    """Writes events for whichever partner's endpoints want them."""
    await tx.execute(ANNOUNCE_TO_ALL, _told(events, bodies), now)


async def select_due(
    connection: Connection, key: EndpointKey, *, now: datetime, limit: int
) -> list[Due]:
    """What may be sent to an endpoint now, one of each stream at most."""
    rows = await connection.fetch(SELECT_DUE, key.partner_id, key.endpoint_id, now, limit)
    return [_due(row) for row in rows]


async def record_tries(tx: Tx, key: EndpointKey, tries: Sequence[Tried], *, now: datetime) -> None:
    """Writes down what came of a round of tries."""
    await tx.execute(
        RECORD_TRIES,
        key.partner_id,
        key.endpoint_id,
        [each.number for each in tries],
        [each.state for each in tries],
        [each.first_tried_at for each in tries],
        [each.next_try_at for each in tries],
        [each.status for each in tries],
        [each.error for each in tries],
        now,
    )


async def park_waiting(tx: Tx, key: EndpointKey, *, why: str, now: datetime) -> None:
    """Parks everything that waits for an endpoint."""
    await tx.execute(PARK_WAITING, key.partner_id, key.endpoint_id, now, why)


async def resend(tx: Tx, wanted: Resend, *, now: datetime) -> list[EndpointKey]:
    """Makes deliveries due as if they were new; the endpoint of each of them."""
    rows = await tx.fetch(
        RESEND,
        wanted.partner_id,
        wanted.event_id,
        wanted.stream,
        wanted.since,
        wanted.undelivered_only,
        now,
    )
    return [EndpointKey(wanted.partner_id, row["endpoint_id"]) for row in rows]


async def select_deliveries(
    connection: Connection, partner_id: PartnerId | None, *, state: DeliveryState | None, limit: int
) -> list[DeliveryView]:
    """Deliveries, newest event first."""
    rows = await connection.fetch(SELECT_DELIVERIES, partner_id, state, limit)
    return [_view(row) for row in rows]


async def forget_deliveries(
    connection: Connection, state: DeliveryState, *, before: datetime, limit: int
) -> int:
    """Forgets deliveries that were settled before then, so many at most; how many it was."""
    done = await connection.execute(FORGET_DELIVERIES, state, before, limit)
    return int(done.removeprefix("DELETE "))


async def forget_events(connection: Connection, *, before: datetime, limit: int) -> int:
    """Forgets events of before then that have no delivery left; how many it was."""
    done = await connection.execute(FORGET_EVENTS, before, limit)
    return int(done.removeprefix("DELETE "))


def _told(events: Sequence[NewEvent], bodies: Sequence[bytes]) -> str:
    rows = [
        (new_event_id(), event.type, event.stream, body.decode())
        for event, body in zip(events, bodies, strict=True)
    ]
    return msgspec.json.encode(rows).decode()


def _due(row: "Record") -> Due:
    return Due(
        number=row["number"],
        event_id=EventId(row["event_id"]),
        body=row["body"],
        tries=row["tries"],
        first_tried_at=row["first_tried_at"],
    )


def _view(row: "Record") -> DeliveryView:
    return DeliveryView(
        key=EndpointKey(PartnerId(row["partner_id"]), EndpointId(row["endpoint_id"])),
        url=row["url"],
        event_id=EventId(row["event_id"]),
        type=row["type"],
        stream=Stream(row["stream"]),
        state=DeliveryState(row["state"]),
        tries=row["tries"],
        next_try_at=row["next_try_at"],
        last_status=row["last_status"],
        last_error=row["last_error"],
        created_at=row["created_at"],
    )
