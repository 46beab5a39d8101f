"""The press: prints a sheet as HTML or as PDF, the same sheet always to the same bytes.

Nothing of a sheet is read as markup: the HTML is escaped by its template, and typst gets the
sheet as data beside a fixed program. Fonts are the ones inside typst, whatever the machine has.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import msgspec
import typst
from jinja2 import Environment, PackageLoader, StrictUndefined

from bezant.legal.model import Format, RenderedDocument
from bezant.legal.sheet import Sheet

PRESSES: Final = 2
"""How many documents one process prints at once; the others wait for their turn.

What waits is bounded by who may ask: a request holds a connection of the pool while it does.
"""


async def printed(sheet: Sheet, *, format: Format) -> RenderedDocument:  # noqa: A002 - the wire's.
    """The sheet as a document. The work is done in a thread, which lets this one go on."""
    loop = asyncio.get_running_loop()
    body = await loop.run_in_executor(_presses(), _PRINT[format], sheet)
    return RenderedDocument(body, format.media_type, sha256(body).hexdigest())


def html(sheet: Sheet) -> bytes:
    """The sheet as a page that stands alone."""
    page = _templates().get_template("sheet.html.j2")
    return page.render(sheet=sheet).encode()


def pdf(sheet: Sheet) -> bytes:
    """The sheet as a tagged PDF, dated with the sheet's own time."""
    made = typst.compile(
        _program(),
        format="pdf",
        sys_inputs={"sheet": msgspec.json.encode(sheet).decode()},
        ignore_system_fonts=True,
    )
    assert isinstance(made, bytes)
    return made


_PRINT: Final[Mapping[Format, Callable[[Sheet], bytes]]] = {Format.HTML: html, Format.PDF: pdf}


@cache
def _presses() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PRESSES, thread_name_prefix="press")


@cache
def _program() -> bytes:
    return files("bezant.legal").joinpath("layout", "sheet.typ").read_bytes()


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("bezant.legal", "layout"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment
