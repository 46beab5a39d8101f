"""Endpoints, their secrets, and whose turn it is to deliver to them."""

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import PartnerId
from bezant.webhooks.model import (
    Endpoint,
    EndpointExists,
    EndpointId,
    EndpointKey,
    EventType,
    SealedSecrets,
)

if TYPE_CHECKING:
    from asyncpg import Record

NEXT_ENDPOINT_ID: Final = """
    SELECT nextval(pg_get_serial_sequence('webhook_endpoint', 'endpoint_id'))
"""

COUNT_ENDPOINTS: Final = """
    SELECT count(*) FROM webhook_endpoint WHERE partner_id = $1
"""

INSERT_ENDPOINT: Final = """
    INSERT INTO webhook_endpoint
        (partner_id, endpoint_id, url, types, sealed_secret, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""

INSERT_TURN: Final = """
    INSERT INTO webhook_turn (partner_id, endpoint_id) VALUES ($1, $2)
"""

SELECT_ENDPOINTS: Final = """
    SELECT partner_id, endpoint_id, url, types, created_at, disabled_at
      FROM webhook_endpoint
     WHERE $1::bigint IS NULL OR partner_id = $1
     ORDER BY partner_id, endpoint_id
"""

FIND_ENDPOINT: Final = """
    SELECT partner_id, endpoint_id, url, types, created_at, disabled_at
      FROM webhook_endpoint WHERE endpoint_id = $1
"""

SELECT_SIGNING: Final = """
    SELECT sealed_secret, sealed_previous_secret, previous_until
      FROM webhook_endpoint WHERE partner_id = $1 AND endpoint_id = $2
"""

UPDATE_SIGNING: Final = """
    UPDATE webhook_endpoint
       SET sealed_previous_secret = $3, previous_until = $4, sealed_secret = $5
     WHERE partner_id = $1 AND endpoint_id = $2
"""

DISABLE_ENDPOINT: Final = """
    UPDATE webhook_endpoint SET disabled_at = $3
     WHERE partner_id = $1 AND endpoint_id = $2 AND disabled_at IS NULL
"""

ENABLE_ENDPOINT: Final = """
    UPDATE webhook_endpoint SET disabled_at = NULL WHERE partner_id = $1 AND endpoint_id = $2
"""

DELETE_ENDPOINT: Final = """
    DELETE FROM webhook_endpoint WHERE partner_id = $1 AND endpoint_id = $2
"""

TAKE_TURN: Final = """
    UPDATE webhook_turn SET holder = $3, ends_at = $4
     WHERE partner_id = $1 AND endpoint_id = $2
       AND (holder IS NULL OR holder = $3 OR ends_at <= $5)
"""

END_TURN: Final = """
    UPDATE webhook_turn SET holder = NULL, ends_at = NULL
     WHERE partner_id = $1 AND endpoint_id = $2 AND holder = $3
"""


async def next_endpoint_id(tx: Tx) -> EndpointId:
    """A number that no endpoint has had."""
    return EndpointId(await tx.fetchval(NEXT_ENDPOINT_ID))


async def count_endpoints(tx: Tx, partner_id: PartnerId) -> int:
    """How many endpoints a partner has."""
    count: int = await tx.fetchval(COUNT_ENDPOINTS, partner_id)
    return count


async def insert_endpoint(tx: Tx, endpoint: Endpoint, *, sealed_secret: bytes) -> None:
    """A new endpoint. Raises `EndpointExists`."""
    key = endpoint.key
    try:
        await tx.execute(
            INSERT_ENDPOINT,
            key.partner_id,
            key.endpoint_id,
            endpoint.url,
            sorted(endpoint.types),
            sealed_secret,
            endpoint.created_at,
        )
    except asyncpg.UniqueViolationError:
        raise EndpointExists(url=endpoint.url) from None
    await tx.execute(INSERT_TURN, key.partner_id, key.endpoint_id)


async def select_endpoints(connection: Connection, partner_id: PartnerId | None) -> list[Endpoint]:
    """A partner's endpoints, or everybody's."""
    return [_endpoint(row) for row in await connection.fetch(SELECT_ENDPOINTS, partner_id)]


async def find_endpoint(connection: Connection, endpoint_id: EndpointId) -> Endpoint | None:
    """The endpoint of that number."""
    row = await connection.fetchrow(FIND_ENDPOINT, endpoint_id)
    return _endpoint(row) if row else None


async def select_secrets(connection: Connection, key: EndpointKey) -> SealedSecrets:
    """What an endpoint's webhooks are signed with."""
    row = await connection.fetchrow(SELECT_SIGNING, key.partner_id, key.endpoint_id)
    assert row is not None
    return SealedSecrets(
        current=row["sealed_secret"],
        previous=row["sealed_previous_secret"],
        previous_until=row["previous_until"],
    )


async def rotate_secret(
    tx: Tx, key: EndpointKey, *, sealed: bytes, previous: bytes, until: datetime
) -> None:
    """Puts a new secret in place; the one before it signs too until then."""
    await tx.execute(UPDATE_SIGNING, key.partner_id, key.endpoint_id, previous, until, sealed)


async def disable_endpoint(tx: Tx, key: EndpointKey, *, now: datetime) -> None:
    """Sends nothing more there."""
    await tx.execute(DISABLE_ENDPOINT, key.partner_id, key.endpoint_id, now)


async def enable_endpoint(tx: Tx, key: EndpointKey) -> None:
    """Sends there again."""
    await tx.execute(ENABLE_ENDPOINT, key.partner_id, key.endpoint_id)


async def delete_endpoint(tx: Tx, key: EndpointKey) -> None:
    """Forgets an endpoint and every delivery to it."""
    await tx.execute(DELETE_ENDPOINT, key.partner_id, key.endpoint_id)


async def take_turn(
    connection: Connection, key: EndpointKey, *, holder: UUID, until: datetime, now: datetime
) -> bool:
    """Whether it is now the holder's turn: it was free, over, or the holder's already."""
    done = await connection.execute(TAKE_TURN, key.partner_id, key.endpoint_id, holder, until, now)
    return done == "UPDATE 1"


async def end_turn(connection: Connection, key: EndpointKey, *, holder: UUID) -> None:
    """Gives the turn back, if it is still the holder's."""
    await connection.execute(END_TURN, key.partner_id, key.endpoint_id, holder)


def _endpoint(row: "Record") -> Endpoint:
    return Endpoint(
        key=EndpointKey(PartnerId(row["partner_id"]), EndpointId(row["endpoint_id"])),
        url=row["url"],
        types=frozenset(EventType(each) for each in row["types"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )
