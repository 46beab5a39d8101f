"""Starts and stops an ASGI application as a server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bezant.web.tracing import Traced


@asynccontextmanager
async def running(app: Traced) -> AsyncIterator[None]:
    """The application between its startup and its shutdown."""
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        await from_app.put(message)

    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(app(scope, to_app.get, send))  # type: ignore[arg-type]
    await to_app.put({"type": "lifespan.startup"})
    started = await from_app.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await task
