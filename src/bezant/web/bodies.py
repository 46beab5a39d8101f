"""The body of a request, never more of it than may come."""

from litestar.types import Receive

from bezant.web.headers import RequestHeaders
from bezant.web.refusals import BodyTooLarge, RequestMalformed


async def read_at_most(receive: Receive, headers: RequestHeaders, *, limit_bytes: int) -> bytes:
    """The whole body. Raises `BodyTooLarge`, and `RequestMalformed` when the caller leaves."""
    if headers.announced_bytes() > limit_bytes:
        raise BodyTooLarge(bytes=limit_bytes)
    received, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            # The caller left before all of it was here.
            raise RequestMalformed
        received += message["body"]
        if len(received) > limit_bytes:
            raise BodyTooLarge(bytes=limit_bytes)
        more = message["more_body"]
    return bytes(received)
