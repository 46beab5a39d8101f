"""The envelope around every answer: four keys, and `errors` where fields are at fault.

Numbers come out exact: a `Decimal` is written as the digits it holds.
"""

from typing import Final, Generic, TypeVar

import msgspec

from bezant.kernel.errors import BezantError, Invalid
from bezant.kernel.texts import Language, Text
from bezant.web.codes import INTERNAL_ERROR_CODE, code_of

Data = TypeVar("Data")

encoder: Final = msgspec.json.Encoder(decimal_format="number")
"""How everything that leaves as JSON is written."""


class Success(msgspec.Struct, Generic[Data], frozen=True):
    """The answer to a request that was carried out."""

    data: Data
    success: bool = True
    code: int = 0
    message: str = ""


class Failure(msgspec.Struct, frozen=True):
    """The answer to a request that was refused."""

    data: object
    success: bool
    code: int
    message: str
    errors: dict[str, list[str]] | msgspec.UnsetType = msgspec.UNSET


def success(data: object) -> bytes:
    """The body of an answer with `data`."""
    return encoder.encode(Success(data))


def failure(error: BezantError, language: Language, *, data: object = None) -> tuple[int, bytes]:
    """The status and body of a refusal, its texts in `language`."""
    registered = code_of(error)
    errors: dict[str, list[str]] | msgspec.UnsetType = msgspec.UNSET
    if isinstance(error, Invalid):
        errors = {
            path: [text.into(language) for text in texts] for path, texts in error.fields.items()
        }
    body = Failure(
        data=data,
        success=False,
        code=registered.code,
        message=error.message().into(language),
        errors=errors,
    )
    return registered.status, encoder.encode(body)


def defect(language: Language, request_id: str) -> bytes:
    """The body of an answer to a request that met a defect of ours."""
    message = Text("error.internal", {"request_id": request_id}).into(language)
    return encoder.encode(
        Failure(data=None, success=False, code=INTERNAL_ERROR_CODE, message=message)
    )
