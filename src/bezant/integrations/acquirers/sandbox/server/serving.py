"""Runs a sandbox in this process, until it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar.types import ASGIApp

START_TIMEOUT_S: Final = 20
_PAUSE_S: Final = 0.01


@asynccontextmanager
async def serving(app: ASGIApp, *, host: str, port: int) -> AsyncIterator[None]:
    """Answers at this address while the block runs; it listens when the block begins."""
    server = Server(
        app, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
    )
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await _listening(running, host, port)
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # it says no types.
        await running


async def _listening(running: "asyncio.Task[None]", host: str, port: int) -> None:
    """Waits until the server takes a connection."""
    while not running.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(_PAUSE_S)
            continue
        writer.close()
        await writer.wait_closed()
        return
    await running
    raise RuntimeError("the server ended before it listened")
