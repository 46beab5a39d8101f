"""Starts and stops an ASGI application as a server does.

To build one takes longer than most tests, so one that was left is opened again, with another
house in it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx

from bezant.web.app import OpenHouse, create_app
from bezant.web.call import House
from bezant.web.tracing import Traced


class _Doors:
    """An application whose house is chosen each time that it is opened."""

    def __init__(self, open_house: OpenHouse) -> None:
        self.open_house = open_house
        self.app = create_app(self._open)

    def _open(self) -> AbstractAsyncContextManager[House]:
        return self.open_house()


_left: list[_Doors] = []


@asynccontextmanager
async def open_app(open_house: OpenHouse) -> AsyncIterator[Traced]:
    """An application that is open, with this house in it."""
    doors = _left.pop() if _left else _Doors(open_house)
    doors.open_house = open_house
    async with running(doors.app):
        yield doors.app
    _left.append(doors)


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


def transport_of(
    app: Traced, *, peer: tuple[str, int] = ("127.0.0.1", 123), raise_app_exceptions: bool = True
) -> httpx.ASGITransport:
    """By which a client at an address calls the application without a socket."""
    return httpx.ASGITransport(
        app=app,  # type: ignore[arg-type]  # two views of ASGI.
        client=peer,
        raise_app_exceptions=raise_app_exceptions,
    )
