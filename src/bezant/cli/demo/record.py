"""`demo.json`: how to sign in to the demo shop, for people, scripts and benchmarks.

The only place where the demo's secrets are kept. Invariants: only its owner can read the
file; it appears whole or not at all.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

FILE_NAME: Final = "demo.json"


class DemoPartner(msgspec.Struct, frozen=True, kw_only=True):
    """One partner: its way in, and a customer of its own with an open basket."""

    code: str
    name: str
    username: str
    secret: str
    customer_external_id: str
    cart_token: str


class DemoCard(msgspec.Struct, frozen=True, kw_only=True):
    """A test card, and what comes of paying with it."""

    what: str
    number: str
    expiry: str
    cvv: str


class DemoSandbox(msgspec.Struct, frozen=True, kw_only=True):
    """The acquirer that takes no money: where it is, and what it may be paid with.

    `code` passes 3-D on every card that has it.
    """

    url: str
    code: str
    cards: tuple[DemoCard, ...]


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """What is in the file, and where the file is. The first partner has the example's customer.

    There is no sandbox where cards are taken by somebody else, or not at all.
    """

    path: Path
    base_url: str
    partners: tuple[DemoPartner, ...]
    sandbox: DemoSandbox | None = None


class _Contents(msgspec.Struct, frozen=True):
    base_url: str
    partners: Sequence[DemoPartner]
    sandbox: DemoSandbox | None = None


def read_record(path: Path) -> DemoRecord | None:
    """The record in a file; None when there is none or it cannot be understood."""
    try:
        contents = msgspec.json.decode(path.read_bytes(), type=_Contents)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return DemoRecord(path, contents.base_url, tuple(contents.partners), contents.sandbox)


def write_record(record: DemoRecord) -> None:
    """Puts the record into its file, in place of what was there."""
    text = msgspec.json.encode(_Contents(record.base_url, record.partners, record.sandbox))
    record.path.parent.mkdir(parents=True, exist_ok=True)
    draft = record.path.with_name(f".{record.path.name}.{os.getpid()}")
    # A draft that a crash has left may have other permissions than this one is to get.
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    try:
        draft.write_bytes(msgspec.json.format(text, indent=2) + b"\n")
        draft.replace(record.path)
    finally:
        draft.unlink(missing_ok=True)
