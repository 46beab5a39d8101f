"""The pages beside the API: health, numbers for the operator, product pictures, the start."""

import os
from functools import lru_cache
from hashlib import sha256
from typing import Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, registry
from prometheus_client.multiprocess import MultiProcessCollector

from bezant.catalog import service as catalog
from bezant.catalog.model import NoSuchProduct, Product
from bezant.kernel.errors import DatabaseAway
from bezant.kernel.metal import Weight
from bezant.kernel.money import exact_decimal
from bezant.web.call import House
from bezant.web.pictures.drawing import draw
from bezant.web.pictures.picture import Picture, Side

Incoming = Request[None, None, State]

TEXT: Final = "text/plain"
SVG: Final = "image/svg+xml"
_DAY_S: Final = 86_400


@get("/healthz", include_in_schema=False)
async def healthz() -> ASGIResponse:
    """Whether this process answers at all; it asks nobody else."""
    return ASGIResponse(body=b"ok\n", media_type=TEXT)


@get("/readyz", include_in_schema=False)
async def readyz(request: Incoming) -> ASGIResponse:
    """Whether requests should be sent here: 503 while the database is away."""
    house: House = request.app.state.house
    try:
        await house.db.ping()
    except DatabaseAway:
        return _away()
    return ASGIResponse(body=b"ready\n", media_type=TEXT)


@get("/metrics", include_in_schema=False)
async def metrics() -> ASGIResponse:
    """The numbers of all worker processes together, for Prometheus."""
    numbers: CollectorRegistry = registry.REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        numbers = CollectorRegistry()
        MultiProcessCollector(numbers)  # type: ignore[no-untyped-call]
    body = generate_latest(numbers)
    return ASGIResponse(body=body, headers=[("Content-Type", CONTENT_TYPE_LATEST)])


@get("/pictures/{sku:str}/{name:str}", include_in_schema=False)
async def picture(request: Incoming, sku: FromPath[str], name: FromPath[str]) -> ASGIResponse:
    """A product's picture, drawn when it is asked for."""
    house: House = request.app.state.house
    side = _SIDES.get(name)
    if side is None or not sku.isascii() or not sku.isprintable():
        return ASGIResponse(body=b"no such picture\n", status_code=404, media_type=TEXT)
    try:
        async with house.db.reading() as connection:
            product = await catalog.find_product(connection, sku=sku)
    except NoSuchProduct:
        return ASGIResponse(body=b"no such picture\n", status_code=404, media_type=TEXT)
    except DatabaseAway:
        return _away()
    svg, tag = _drawn(_picture(product, side))
    headers = [
        ("Cache-Control", f"public, max-age={_DAY_S}"),
        ("ETag", tag),
        # A drawing is opened by itself as well as in a page: it may load and run nothing.
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if request.headers.get("if-none-match") == tag:
        return ASGIResponse(status_code=304, headers=headers)
    return ASGIResponse(body=svg, media_type=SVG, headers=headers)


def _away() -> ASGIResponse:
    return ASGIResponse(body=b"the database is away\n", status_code=503, media_type=TEXT)


_SIDES: Final = {f"{side}.svg": side for side in Side}


def _picture(product: Product, side: Side) -> Picture:
    return Picture(
        shape=product.shape,
        metal=product.weight.metal,
        side=side,
        label=weight_label(product.gross_weight),
        fineness=fineness_label(product.fineness),
        legend=product.legend,
    )


@lru_cache(maxsize=512)
def _drawn(shown: Picture) -> tuple[bytes, str]:
    """The drawing and its entity tag."""
    svg = draw(shown).encode()
    return svg, f'"{sha256(svg).hexdigest()[:32]}"'


def weight_label(weight: Weight) -> str:
    """A weight as it is struck into a piece: `2,5 g`, `1 kg`."""
    places, unit = 6, "g"
    if weight.micrograms >= _KILOGRAM and weight.micrograms % _KILOGRAM == 0:
        places, unit = 9, "kg"
    return f"{exact_decimal(weight.micrograms, places=places)} {unit}".replace(".", ",")


def fineness_label(fineness: int) -> str:
    """A fineness as it is struck into a piece: `999,9`, `916`."""
    return str(exact_decimal(fineness, places=1)).replace(".", ",")


_KILOGRAM: Final = 1_000_000_000

PAGES: Final = (healthz, readyz, metrics, picture)
"""The pages, for the application."""
