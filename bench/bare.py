"""The floor of HTTP: a bare ASGI application that answers with the same bytes to all.

`python -m bench.bare PORT BODY_BYTES` serves it as Bezant is served: the same server, the
same loop, one worker.
"""

import multiprocessing
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final, TypeAlias

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

BODY_BYTES_VARIABLE: Final = "BEZANT_BENCH_BODY_BYTES"

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


def create() -> Application:
    """The application, its body as long as the environment says."""
    length = int(os.environ[BODY_BYTES_VARIABLE])
    body = b" " * length
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(length).encode()),
    ]

    async def answer(scope: Message, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return answer


def main(port: str, body_bytes: str) -> None:
    """Serves until a signal comes."""
    os.environ[BODY_BYTES_VARIABLE] = body_bytes
    multiprocessing.set_start_method("spawn", force=True)
    Server(
        "bench.bare:create",
        factory=True,
        interface=Interfaces.ASGINL,
        address="127.0.0.1",
        port=int(port),
        workers=1,
        loop=Loops.uvloop,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
