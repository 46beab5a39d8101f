"""Endpoints: where a partner is told of events, and the secrets that sign them.

Invariant: a secret is told once, to whoever had it made; after that it is kept sealed, for
its own endpoint only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import PartnerId
from bezant.kernel.sealing import Sealer
from bezant.webhooks.addresses import why_refused
from bezant.webhooks.model import (
    MAX_ENDPOINTS,
    OVERLAP_LIMIT,
    Endpoint,
    EndpointId,
    EndpointKey,
    EndpointWanted,
    NoSuchEndpoint,
    TooManyEndpoints,
)
from bezant.webhooks.signing import new_secret
from bezant.webhooks.store import endpoints as store
from bezant.webhooks.store import outbox


@dataclass(frozen=True, slots=True)
class Vault:
    """What secrets are sealed with, and whether private addresses may be told things."""

    sealer: Sealer
    allows_private: bool


async def add_endpoint(
    tx: Tx, partner_id: PartnerId, wanted: EndpointWanted, *, vault: Vault, now: datetime
) -> tuple[Endpoint, str]:
    """A new endpoint and its secret.

    Raises `Invalid`, `EndpointExists`, `TooManyEndpoints`.
    """
    wrong = why_refused(wanted.url, allows_private=vault.allows_private)
    if wrong is not None:
        raise Invalid.field("url", wrong)
    if await store.count_endpoints(tx, partner_id) >= MAX_ENDPOINTS:
        raise TooManyEndpoints(limit=MAX_ENDPOINTS)
    key = EndpointKey(partner_id, await store.next_endpoint_id(tx))
    endpoint = Endpoint(
        key=key, url=wanted.url, types=wanted.types, created_at=now, disabled_at=None
    )
    secret = new_secret()
    await store.insert_endpoint(tx, endpoint, sealed_secret=_sealed(vault, key, secret))
    return endpoint, secret


async def list_endpoints(connection: Connection, partner_id: PartnerId | None) -> list[Endpoint]:
    """A partner's endpoints, or everybody's."""
    return await store.select_endpoints(connection, partner_id)


async def find_endpoint(connection: Connection, endpoint_id: EndpointId) -> Endpoint:
    """The endpoint of that number. Raises `NoSuchEndpoint`."""
    found = await store.find_endpoint(connection, endpoint_id)
    if found is None:
        raise NoSuchEndpoint(number=endpoint_id)
    return found


async def rotate_secret(
    tx: Tx, endpoint_id: EndpointId, *, overlap: timedelta, vault: Vault, now: datetime
) -> str:
    """A new secret; until the overlap is over, webhooks carry a signature by the old one too.

    Raises `NoSuchEndpoint`.
    """
    assert timedelta(0) <= overlap <= OVERLAP_LIMIT
    key = (await find_endpoint(tx, endpoint_id)).key
    before = await store.select_secrets(tx, key)
    secret = new_secret()
    await store.rotate_secret(
        tx,
        key,
        sealed=_sealed(vault, key, secret),
        previous=before.current,
        until=now + overlap,
    )
    return secret


async def remove_endpoint(tx: Tx, endpoint_id: EndpointId) -> Endpoint:
    """Forgets an endpoint and everything on its way to it. Raises `NoSuchEndpoint`."""
    endpoint = await find_endpoint(tx, endpoint_id)
    await store.delete_endpoint(tx, endpoint.key)
    return endpoint


async def enable_endpoint(tx: Tx, endpoint_id: EndpointId) -> Endpoint:
    """Sends to an endpoint again that was disabled; what is parked stays so.

    Raises `NoSuchEndpoint`.
    """
    endpoint = await find_endpoint(tx, endpoint_id)
    await store.enable_endpoint(tx, endpoint.key)
    return endpoint


async def disable_endpoint(tx: Tx, key: EndpointKey, *, why: str, now: datetime) -> None:
    """Sends nothing more there, and parks what waits."""
    await store.disable_endpoint(tx, key, now=now)
    await outbox.park_waiting(tx, key, why=why, now=now)


async def secrets_in_use(
    connection: Connection, key: EndpointKey, *, vault: Vault, now: datetime
) -> list[str]:
    """The endpoint's secrets that sign at this moment, the newest first."""
    sealed = await store.select_secrets(connection, key)
    opened = [vault.sealer.open(sealed.current, context=_context(key))]
    if sealed.previous is not None and sealed.signs_with_previous(now):
        opened.append(vault.sealer.open(sealed.previous, context=_context(key)))
    return [secret.decode("ascii") for secret in opened]


def _sealed(vault: Vault, key: EndpointKey, secret: str) -> bytes:
    return vault.sealer.seal(secret.encode("ascii"), context=_context(key))


def _context(key: EndpointKey) -> str:
    return f"webhook:{key.partner_id}/{key.endpoint_id}"
