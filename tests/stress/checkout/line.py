"""A line to an acquirer that can be cut: whatever is on its way in that moment is lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 65_536
SLOWEST_S = 0.05
"""An answer is up to so long on its way, so that a cut finds some on theirs."""


class Line:
    """The connections that are open."""

    def __init__(self, upstream_port: int, chance: random.Random) -> None:
        self._upstream_port, self._chance = upstream_port, chance
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> int:
        """Breaks every connection off, on both sides; how many ends there were."""
        found = list(self._open)
        for writer in found:
            writer.transport.abort()
        return len(found)

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carries one connection, until either side ends it."""
        far, forth = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        self._open |= {back, forth}
        try:
            await asyncio.gather(self._pump(near, forth, 0), self._pump(far, back, SLOWEST_S))
        finally:
            self._open -= {back, forth}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, slowest_s: float
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                await asyncio.sleep(self._chance.uniform(0, slowest_s))
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def line(port: int, *, upstream_port: int, chance: random.Random) -> AsyncIterator[Line]:
    """A line that listens at `port` while the block runs."""
    made = Line(upstream_port, chance)
    server = await asyncio.start_server(made.carry, "127.0.0.1", port)
    try:
        yield made
    finally:
        server.close()
        made.cut()
        await server.wait_closed()
