"""Sipay's bearer token: got once, used for nearly two hours, never fetched twice at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bezant.kernel.clock import Clock
from bezant.payments.card import Secret

LIFE: Final = timedelta(hours=2)
# A request with a token takes a while, and two clocks differ.
EARLY: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Secret
    until: datetime


class Tokens:
    """The token in use. `fetch` gets a new one."""

    def __init__(self, fetch: Callable[[], Awaitable[Secret]], *, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: _Kept | None = None
        self._fetching: asyncio.Task[Secret] | None = None

    async def current(self, *, refused: Secret | None = None) -> Secret:
        """A token that is good and is not the one that was `refused`."""
        kept = self._kept
        if kept is not None and kept.token != refused and self._clock.now() < kept.until:
            return kept.token
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._renew())
            self._fetching.add_done_callback(_note_failure)
        # Whoever gives up waiting leaves the others what they wait for.
        return await asyncio.shield(self._fetching)

    async def close(self) -> None:
        """Ends a fetch that is still under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def _renew(self) -> Secret:
        asked_at = self._clock.now()
        token = await self._fetch()
        self._kept = _Kept(token, asked_at + LIFE - EARLY)
        return token


def _note_failure(task: asyncio.Task[Secret]) -> None:
    """Takes note of a failure that nobody waits for any more; the next one asks anew."""
    if not task.cancelled():
        task.exception()
