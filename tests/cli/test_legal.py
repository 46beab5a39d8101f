"""`bezant legal`, as an operator uses it."""

import asyncio
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bezant.cli import app
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import OrderId, PartnerId
from bezant.legal.model import AcceptedDocument, Deal, DocumentType, NoSuchDocument
from bezant.legal.service import copies
from bezant.partners.service import accounts
from bezant.settings import Settings
from tests.factories.databases import cloned_database
from tests.factories.deals import accept, make_deal
from tests.factories.servers import variables_of
from tests.factories.shop import SECRET_KEY

Command = Callable[..., Result]
CONTRACT = DocumentType.DISTANCE_SALES
BOTH = (
    AcceptedDocument(DocumentType.PRELIMINARY_INFORMATION, 1),
    AcceptedDocument(CONTRACT, 1),
)


@pytest.fixture(scope="module")
def url(postgres: str, run_name: str, worker_name: str) -> Iterator[str]:
    """A database of these tests' own: what is published stays."""
    with cloned_database(postgres, run=run_name, worker=f"{worker_name}_legal") as address:
        yield address


@pytest.fixture
def bezant(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs `bezant legal` with these arguments, in an empty directory."""
    variables = variables_of(Settings(database_url=url, secret_key=SECRET_KEY), home=tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["legal", *arguments], env=variables)

    return run


def done(result: Result) -> str:
    """What a command said that succeeded."""
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def published(bezant: Command, body: str, *more: str) -> Result:
    """The outcome of publishing a contract."""
    Path("contract.txt").write_text(body, encoding="utf-8")
    named = ("--name", "Contract", "--language", "en", "--file", "contract.txt")
    return bezant("publish", CONTRACT, *named, *more)


def test_the_first_texts_are_listed_and_shown_as_they_were_published(bezant: Command) -> None:
    listed = done(bezant("list")).splitlines()
    (row,) = [line for line in listed if line.startswith("distance-sales") and " tr " in line]
    body = done(bezant("show", CONTRACT))

    assert sha256(body.encode()).hexdigest()[:12] in row
    assert body.startswith("# Mesafeli Satış Sözleşmesi\n")


def test_a_text_is_published_as_the_next_version(bezant: Command) -> None:
    said = done(published(bezant, "# Contract\r\n\r\nOf {buyer}.\r\n", "--required"))
    later = done(
        published(bezant, "# Later\n", "--optional", "--valid-from", "2199-01-01T00:00:00")
    )

    assert said.startswith("distance-sales en version 2 is in force from ")
    assert "version 3 is in force from 2199-01-01 00:00:00Z" in later
    shown = done(bezant("show", CONTRACT, "--language", "en"))
    assert shown == "# Contract\n\nOf {buyer}.\n"
    first = done(bezant("show", CONTRACT, "--language", "en", "--version", "1"))
    assert first.startswith("# Distance Sales Contract\n")
    with pytest.raises(NoSuchDocument):
        raise_of(bezant("show", CONTRACT, "--language", "en", "--version", "3"))


def test_a_text_that_cannot_be_filled_is_refused(bezant: Command) -> None:
    with pytest.raises(Invalid) as refused:
        raise_of(published(bezant, "# Contract\n\n{nobody}\n", "--required"))

    assert list(refused.value.fields) == ["body"]


def test_whether_a_text_must_be_accepted_is_said(bezant: Command) -> None:
    assert published(bezant, "# Contract\n").exit_code == 2


def test_what_was_accepted_with_an_order_is_exported(bezant: Command, url: str) -> None:
    code = "exporter"
    asyncio.run(_accept(url, code))

    said = done(bezant("export", code, "7", "--directory", "out"))

    written = sorted(path.name for path in Path("out").iterdir())
    assert written == [
        f"{each.type}-1-tr.{ending}" for each in reversed(BOTH) for ending in ("html", "pdf")
    ]
    for path in Path("out").iterdir():
        assert sha256(path.read_bytes()).hexdigest() in said
    assert done(bezant("export", code, "8")) == "nothing is kept of this order\n"
    assert not Path("legal").exists()


async def _accept(url: str, code: str) -> None:
    """A partner of this name with an order 7, with which two documents were accepted and kept."""

    async def deal_of(partner_id: PartnerId, order_id: OrderId) -> Deal:
        return make_deal()

    now = SystemClock().now()
    db = await Database.connect(url)
    try:
        async with db.transaction() as tx:
            partner = await accounts.create_partner(
                tx, code=code, name="A bank", currency=make_deal().total.currency, now=now
            )
            await accept(tx, (partner.partner_id, OrderId(7)), BOTH, now=now)
        assert await copies.keep_accepted_copies(db, deal_of, now=now) == 2
    finally:
        await db.close()


def raise_of(result: Result) -> None:
    """Raises what a command was refused with."""
    assert result.exception is not None, result.output
    raise result.exception
