"""Texts in the database: what is in force, what an order must accept, and that nothing changes."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from bezant.kernel.db import Database, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import OrderId, PartnerId
from bezant.kernel.texts import Language
from bezant.legal import filling, press
from bezant.legal.model import AcceptedDocument, DocumentType, NoSuchDocument
from bezant.legal.service import documents
from bezant.migrations import offline_sql
from tests.factories.clock import FakeClock
from tests.factories.deals import accept, accepted, make_deal
from tests.legal.papers import TITLE, make_draft, shown

TR, EN = Language.TR, Language.EN
BOTH = (
    AcceptedDocument(DocumentType.PRELIMINARY_INFORMATION, 1),
    AcceptedDocument(DocumentType.DISTANCE_SALES, 1),
)


@pytest_asyncio.fixture
async def tx(db: Database) -> AsyncIterator[Tx]:
    """A transaction of this test's own, of which nothing stays."""
    async with db.reading() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()


@pytest.fixture
def now(clock: FakeClock) -> datetime:
    """The time of this test."""
    return clock.now()


async def refusal(tx: Tx, *sent: AcceptedDocument, now: datetime) -> dict[str, list[str]]:
    """What is said of an order that accepts these."""
    with pytest.raises(Invalid) as refused:
        await accepted(tx, sent, language=TR, now=now)
    return {path: [text.into(EN) for text in texts] for path, texts in refused.value.fields.items()}


@pytest.mark.parametrize("language", Language)
async def test_a_new_deployment_has_every_document_in_every_language(
    tx: Tx, now: datetime, language: Language
) -> None:
    found = await documents.documents_in_force(tx, language=language, now=now)

    assert [each.type for each in found] == list(DocumentType)
    assert [each.type for each in found if each.is_required] == [each.type for each in BOTH]
    for each in found:
        document = await documents.find_document(
            tx, each.type, version=None, language=language, now=now
        )
        page = shown(press.html(filling.fill(document, make_deal(language=language))))
        assert page.startswith(document.body.splitlines()[0].removeprefix("# "))
        assert document.body in offline_sql()


async def test_the_contracts_say_that_there_is_no_right_of_withdrawal(
    tx: Tx, now: datetime
) -> None:
    for type_ in (DocumentType.PRELIMINARY_INFORMATION, DocumentType.DISTANCE_SALES):
        document = await documents.find_document(tx, type_, version=1, language=TR, now=now)
        assert "finansal piyasalardaki dalgalanmalara" in " ".join(document.body.split())


async def test_what_was_accepted_is_given_back_as_it_is_in_force(tx: Tx, now: datetime) -> None:
    more = (*BOTH, AcceptedDocument(DocumentType.COMMERCIAL_MESSAGES, 1))
    for sent in (BOTH, tuple(reversed(BOTH)), more):
        found = await accepted(tx, sent, language=TR, now=now)
        assert [(each.type, each.version) for each in found] == [
            (each.type, each.version) for each in sent
        ]


async def test_a_document_that_must_be_accepted_is_missed(tx: Tx, now: datetime) -> None:
    assert await refusal(tx, BOTH[0], now=now) == {
        "legals": ["These documents must be accepted: distance-sales."]
    }
    assert await refusal(tx, now=now) == {
        "legals": ["These documents must be accepted: distance-sales, preliminary-information."]
    }


async def test_a_version_that_is_not_in_force_is_not_accepted(tx: Tx, now: datetime) -> None:
    wrong = AcceptedDocument(DocumentType.DISTANCE_SALES, 2)

    assert await refusal(tx, BOTH[0], wrong, now=now) == {
        "legals.1.version": ["This version is not in force; the one in force is 1."]
    }


async def test_a_document_named_twice_is_refused(tx: Tx, now: datetime) -> None:
    assert list(await refusal(tx, *BOTH, BOTH[0], now=now)) == ["legals.2.type"]


async def test_before_any_text_was_in_force_none_can_be_accepted(tx: Tx) -> None:
    early = datetime.fromisoformat("2025-12-31T00:00:00Z")

    assert list(await refusal(tx, *BOTH, now=early)) == ["legals.0.type", "legals.1.type"]
    with pytest.raises(NoSuchDocument):
        await documents.find_document(
            tx, DocumentType.PRIVACY, version=None, language=TR, now=early
        )


async def test_a_text_comes_into_force_at_its_time_and_replaces_the_one_before(
    tx: Tx, now: datetime
) -> None:
    later = now + timedelta(days=7)
    draft = make_draft(at=later, type_=DocumentType.DISTANCE_SALES, is_required=True)
    made = await documents.publish(tx, draft, now=now)
    newer = (BOTH[0], AcceptedDocument(DocumentType.DISTANCE_SALES, 2))

    assert made.version == 2
    await accepted(tx, BOTH, language=TR, now=now)
    await accepted(tx, newer, language=TR, now=later)
    assert list(await refusal(tx, *BOTH, now=later)) == ["legals.1.version"]
    in_force = await documents.documents_in_force(tx, language=TR, now=later)
    assert made in in_force
    # The other language has its own versions, and the old text can still be read.
    await accepted(tx, BOTH, language=EN, now=later)
    for version, body in ((None, draft.body), (2, draft.body)):
        found = await documents.find_document(
            tx, DocumentType.DISTANCE_SALES, version=version, language=TR, now=later
        )
        assert found.body == body
    old = await documents.find_document(
        tx, DocumentType.DISTANCE_SALES, version=1, language=TR, now=later
    )
    assert old.body != draft.body


async def test_a_text_that_is_not_in_force_yet_is_not_found(tx: Tx, now: datetime) -> None:
    await documents.publish(tx, make_draft(at=now + timedelta(days=1)), now=now)

    with pytest.raises(NoSuchDocument):
        await documents.find_document(tx, DocumentType.PRIVACY, version=2, language=TR, now=now)


async def test_a_text_is_not_published_into_the_past_nor_before_the_last_one(
    tx: Tx, now: datetime
) -> None:
    await documents.publish(tx, make_draft(at=now + timedelta(days=7)), now=now)

    for at in (now - timedelta(seconds=1), now + timedelta(days=6)):
        with pytest.raises(Invalid) as refused:
            await documents.publish(tx, make_draft(at=at), now=now)
        assert list(refused.value.fields) == ["valid_from"]


@pytest.mark.parametrize("body", ["Başlıksız", f"{TITLE}{{nobody}}", TITLE + "x" * 100_001])
async def test_a_text_that_cannot_be_filled_is_not_published(
    tx: Tx, now: datetime, body: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await documents.publish(tx, make_draft(at=now, body=body), now=now)

    assert list(refused.value.fields) == ["body"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE legal_document SET body = body",
        "DELETE FROM legal_document WHERE false",
        "TRUNCATE legal_document CASCADE",
        "UPDATE legal_copy SET media_type = media_type",
        "DELETE FROM legal_copy",
        "DELETE FROM legal_acceptance",
        "UPDATE legal_acceptance SET accepted_at = accepted_at + interval '1 s'",
        "DELETE FROM invoice",
    ],
)
async def test_what_was_published_accepted_or_kept_cannot_be_changed(
    tx: Tx, now: datetime, statement: str
) -> None:
    await accept(tx, (PartnerId(900_001), OrderId(900_001)), BOTH, now=now)

    with pytest.raises(asyncpg.RaiseError, match="never changed"):
        await tx.execute(statement)
