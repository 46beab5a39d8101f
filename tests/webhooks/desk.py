"""The sending side for tests: a partner, its endpoint, and deliveries under a fake clock."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import msgspec

from bezant.kernel.clock import Clock
from bezant.kernel.db import Database
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.sealing import Sealer, derive_key
from bezant.webhooks.delivering import Courier, deliver
from bezant.webhooks.model import (
    DeliveryView,
    Endpoint,
    EndpointWanted,
    EventType,
    NewEvent,
    Stream,
    order_stream,
)
from bezant.webhooks.posting import TRY_LIMIT, Poster
from bezant.webhooks.service import endpoints, events
from bezant.webhooks.service.endpoints import Vault
from tests.factories.shop import SECRET_KEY


class Told(msgspec.Struct, frozen=True):
    """The data of a test's event."""

    number: int
    order: str
    total: Decimal = Decimal("1234.5")


def vault(*, allows_private: bool = True) -> Vault:
    """The vault of a deployment with the tests' secret key."""
    return Vault(Sealer(derive_key(SECRET_KEY.encode(), "webhooks")), allows_private=allows_private)


def told(
    number: int, *, stream: Stream | None = None, kind: EventType = EventType.ORDER_STATUS_CHANGED
) -> NewEvent:
    """An event of order 1, unless it is another stream's."""
    about = stream or order_stream(OrderId(1))
    return NewEvent(kind, about, Told(number, about))


@dataclass(frozen=True)
class Desk:
    """A partner with the means to announce and deliver."""

    db: Database
    clock: Clock
    courier: Courier
    partner_id: PartnerId

    async def add(self, url: str, *types: EventType) -> tuple[Endpoint, str]:
        """A new endpoint and its secret."""
        async with self.db.transaction() as tx:
            return await endpoints.add_endpoint(
                tx,
                self.partner_id,
                EndpointWanted(url, frozenset(types)),
                vault=self.courier.vault,
                now=self.clock.now(),
            )

    async def announce(self, *new: NewEvent) -> None:
        """Announces events in a transaction of their own."""
        async with self.db.transaction() as tx:
            await events.announce(tx, self.partner_id, new, now=self.clock.now())

    async def deliver(self, *to: Endpoint, stop: asyncio.Event | None = None) -> None:
        """One job's work for each endpoint."""
        for each in to:
            await deliver(self.courier, each.key, stop=stop or asyncio.Event())

    async def deliveries(self) -> Sequence[DeliveryView]:
        """Every delivery of the partner, the oldest event first."""
        async with self.db.reading() as connection:
            found = await events.list_deliveries(
                connection, self.partner_id, state=None, limit=2_000
            )
        return found[::-1]

    async def states(self) -> list[str]:
        """The state of every delivery, the oldest event first."""
        return [each.state for each in await self.deliveries()]


@asynccontextmanager
async def courier(
    db: Database, clock: Clock, *, allows_private: bool = True, limit: timedelta = TRY_LIMIT
) -> AsyncIterator[Courier]:
    """What delivering needs, until the block ends."""
    async with Poster(allows_private=allows_private, limit=limit) as poster:
        yield Courier(db, clock, vault(allows_private=allows_private), poster)
