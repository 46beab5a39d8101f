"""The part of a worker that delivers webhooks: PgQueuer wakes it, endpoint by endpoint."""

import asyncio
from dataclasses import dataclass

from bezant.kernel.clock import Clock
from bezant.kernel.db import Database
from bezant.webhooks.delivering import Courier, deliver
from bezant.webhooks.model import EndpointKey
from bezant.webhooks.posting import Poster
from bezant.webhooks.service.endpoints import Vault
from bezant.webhooks.store.jobs import work_off


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What the deliveries of a worker are made with.

    `url` is the database's address; the queue has a connection of its own, which keeps
    `cached_statements`.
    """

    url: str
    cached_statements: int
    db: Database
    clock: Clock
    vault: Vault


async def run_deliveries(terms: DeliveryTerms, stop: asyncio.Event) -> None:
    """Delivers until `stop` is set, and then ends what is under way.

    Raises `DatabaseAway` when the queue's connection is lost: start it again.
    """
    async with Poster(allows_private=terms.vault.allows_private) as poster:
        courier = Courier(terms.db, terms.clock, terms.vault, poster)

        async def take(key: EndpointKey) -> None:
            await deliver(courier, key, stop=stop)

        await work_off(terms.url, take, cached_statements=terms.cached_statements, stop=stop)
