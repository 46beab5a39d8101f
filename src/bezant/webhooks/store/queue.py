"""The queue of PgQueuer: jobs that wake the delivery to an endpoint.

Its moments are the database's own: PgQueuer takes a job when `now()` has passed it. So a job
for later is given a wait, never a moment of our clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.webhooks.model import EndpointId, EndpointKey

ENTRYPOINT: Final = "deliver"

WAKE: Final = """
    INSERT INTO webhook_pgqueuer (priority, entrypoint, payload, status, execute_after)
    SELECT 0, 'deliver', job.payload, 'queued', now() + job.wait
      FROM unnest($1::bytea[], $2::interval[]) AS job(payload, wait)
"""

# Whatever became of the jobs: an endpoint with something overdue and nobody at it is woken,
# by one job at a time.
WAKE_OVERDUE: Final = """
    INSERT INTO webhook_pgqueuer (priority, entrypoint, payload, status, dedupe_key)
    SELECT 0, 'deliver', convert_to(job.name, 'UTF8'), 'queued', 'overdue/' || job.name
      FROM (SELECT t.partner_id || '/' || t.endpoint_id AS name
              FROM webhook_turn t
              JOIN webhook_endpoint p USING (partner_id, endpoint_id)
             WHERE (t.holder IS NULL OR t.ends_at <= $1) AND p.disabled_at IS NULL
               AND EXISTS (
                   SELECT FROM webhook_delivery d
                    WHERE d.partner_id = t.partner_id AND d.endpoint_id = t.endpoint_id
                      AND d.state = 'waiting' AND d.next_try_at <= $2
                      AND NOT EXISTS (
                          SELECT FROM webhook_delivery b
                           WHERE b.partner_id = d.partner_id AND b.endpoint_id = d.endpoint_id
                             AND b.stream = d.stream AND b.state = 'waiting'
                             AND b.number < d.number))) AS job
    ON CONFLICT DO NOTHING
"""

FORGET_JOB_LOG: Final = """
    DELETE FROM webhook_pgqueuer_log WHERE created < $1
"""

FORGET_JOB_STATISTICS: Final = """
    DELETE FROM webhook_pgqueuer_statistics WHERE created < $1
"""


async def wake(tx: Tx, jobs: Sequence[tuple[EndpointKey, timedelta]]) -> None:
    """Wakes the delivery to endpoints, each after a wait."""
    await tx.execute(WAKE, [_payload(key) for key, _ in jobs], [wait for _, wait in jobs])


async def wake_overdue(connection: Connection, *, due_before: datetime, now: datetime) -> None:
    """Wakes the endpoints that have something overdue and that nobody delivers to."""
    await connection.execute(WAKE_OVERDUE, now, due_before)


async def forget_jobs(connection: Connection, *, before: datetime) -> None:
    """Forgets what PgQueuer noted of jobs."""
    await connection.execute(FORGET_JOB_LOG, before)
    await connection.execute(FORGET_JOB_STATISTICS, before)


def endpoint_of(payload: bytes) -> EndpointKey:
    """The endpoint that a job is about."""
    partner_id, _, endpoint_id = payload.decode("ascii").partition("/")
    return EndpointKey(PartnerId(int(partner_id)), EndpointId(int(endpoint_id)))


def _payload(key: EndpointKey) -> bytes:
    return f"{key.partner_id}/{key.endpoint_id}".encode("ascii")
