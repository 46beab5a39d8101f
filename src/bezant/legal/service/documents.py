"""The verbs of texts: which are in force, what an order has to accept, and publishing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.steps import Step, at_once
from bezant.kernel.texts import Language, Text
from bezant.legal import markup
from bezant.legal.model import (
    MAX_ACCEPTED,
    Acceptance,
    AcceptedDocument,
    Document,
    DocumentInForce,
    DocumentType,
    Draft,
    NoSuchDocument,
)
from bezant.legal.store import documents as store

MAX_NAME: Final = 110
MAX_BODY: Final = 100_000


def in_force(*, language: Language, now: datetime) -> Step[list[DocumentInForce]]:
    """Reads the text of each type that is in force."""
    return store.read_in_force(language, now)


async def documents_in_force(
    connection: Connection, *, language: Language, now: datetime
) -> Sequence[DocumentInForce]:
    """The text of each type that is in force, in the order in which a customer meets them."""
    (found,) = await at_once(connection, in_force(language=language, now=now))
    return sorted(found, key=lambda each: _ORDER[each.type])


def require_accepted(
    accepted: Sequence[AcceptedDocument], documents: Sequence[DocumentInForce]
) -> tuple[DocumentInForce, ...]:
    """The texts that were accepted, each one of the `documents` that are in force.

    Raises `Invalid` on `legals`: for a text that is not in force, one that is named twice, and
    one that has to be accepted and is not there.
    """
    if len(accepted) > MAX_ACCEPTED:
        raise Invalid.field("legals", "field.list_length", min=0, max=MAX_ACCEPTED)
    by_type = {each.type: each for each in documents}
    wrong: dict[str, list[Text]] = {}
    named: set[DocumentType] = set()
    for index, each in enumerate(accepted):
        found = by_type.get(each.type)
        if found is None:
            wrong[f"legals.{index}.type"] = [Text("legal.unknown_type")]
        elif each.type in named:
            wrong[f"legals.{index}.type"] = [Text("legal.accepted_twice")]
        elif each.version != found.version:
            facts = {"version": found.version}
            wrong[f"legals.{index}.version"] = [Text("legal.not_in_force", facts)]
        named.add(each.type)
    missing = [each for each in documents if each.is_required and each.type not in named]
    if missing:
        names = ", ".join(sorted(each.type for each in missing))
        wrong["legals"] = [Text("legal.must_accept", {"names": names})]
    if wrong:
        raise Invalid(wrong)
    return tuple(by_type[each.type] for each in accepted)


def accept(
    partner_id: PartnerId,
    order_id: OrderId,
    documents: Sequence[DocumentInForce],
    *,
    now: datetime,
) -> Step[None]:
    """Enters what was accepted with an order; a worker makes the copies."""
    return store.accept(partner_id, order_id, documents, now=now)


async def accepted_documents(
    connection: Connection, partner_id: PartnerId, order_id: OrderId
) -> Sequence[Acceptance]:
    """What was accepted with an order, in the order in which a customer meets it."""
    found = await store.select_accepted(connection, partner_id, order_id)
    return sorted(found, key=lambda each: _ORDER[each.type])


async def find_document(
    connection: Connection,
    type_: DocumentType,
    *,
    version: int | None,
    language: Language,
    now: datetime,
) -> Document:
    """A text with its body: the one in force, or an older version. Raises `NoSuchDocument`."""
    found = await store.select_document(connection, type_, language, version=version, now=now)
    if found is None:
        raise NoSuchDocument
    return found


async def list_documents(connection: Connection) -> Sequence[DocumentInForce]:
    """Every text that was ever published, also those that are not in force yet."""
    return await store.select_all(connection)


async def publish(tx: Tx, draft: Draft, *, now: datetime) -> DocumentInForce:
    """Publishes a text as the next version of its type and language; it stays for ever.

    Raises `Invalid` for a text that cannot be read or is too long, and for one that would
    come into force in the past or before the version that it replaces.
    """
    if not 1 <= len(draft.name) <= MAX_NAME:
        raise Invalid.field("name", "field.length", min=1, max=MAX_NAME)
    if not 1 <= len(draft.body) <= MAX_BODY:
        raise Invalid.field("body", "field.length", min=1, max=MAX_BODY)
    markup.read_template(draft.body)
    last = await store.lock_last(tx, draft.type, draft.language)
    if draft.valid_from < (max(now, last.valid_from) if last else now):
        raise Invalid.field("valid_from", "legal.valid_from_past")
    version = last.version + 1 if last else 1
    sha256 = await store.insert_document(tx, draft, version=version, now=now)
    return DocumentInForce(
        type=draft.type,
        language=draft.language,
        version=version,
        name=draft.name,
        is_required=draft.is_required,
        valid_from=draft.valid_from,
        sha256=sha256,
    )


_ORDER: Final = {each: place for place, each in enumerate(DocumentType)}
