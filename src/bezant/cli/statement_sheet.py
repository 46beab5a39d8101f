"""A statement on paper: the same lines as a table, as CSV, and as a sheet for the press."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from io import StringIO
from typing import Final

from bezant.cli.output import console, moment, print_table
from bezant.kernel.texts import Language, Text
from bezant.ledger.assets import Amount
from bezant.ledger.model import JournalKind, Statement, StatementLine
from bezant.legal.sheet import Block, Column, Facts, Grid, Paragraph, Sheet, Span
from bezant.legal.wording import day_text, moment_text, money_text, plain, weight_text

COLUMNS: Final = ("at", "journal", "kind", "reference", "description", "amount", "balance")
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_A_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a statement is for, who says it, and how: where, in which language, and when."""

    operator: str
    partner: str
    owner: str
    zone: tzinfo
    language: Language
    at: datetime


def print_statement(statement: Statement) -> None:
    """Prints it on the terminal."""
    print_table(
        COLUMNS,
        (
            (
                moment(line.posted_at),
                str(line.journal_id),
                line.kind,
                line.reference,
                line.description or "-",
                f"{line.amount.decimal:f}",
                f"{line.after.decimal:f}",
            )
            for line in statement.lines
        ),
    )
    console.print(f"\nopening  {statement.opening}\nclosing  {statement.closing}")


def statement_csv(statement: Statement) -> str:
    """The lines between an opening and a closing balance, with exact figures and UTC times."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow((*COLUMNS, "asset"))
    asset = statement.account.asset.sku
    writer.writerow(_balance_row(statement.period.since, "opening", statement.opening))
    for line in statement.lines:
        writer.writerow(
            (
                line.posted_at.isoformat(),
                line.journal_id,
                line.kind,
                _harmless(line.reference),
                _harmless(line.description),
                f"{line.amount.decimal:f}",
                f"{line.after.decimal:f}",
                asset,
            )
        )
    writer.writerow(_balance_row(statement.period.until, "closing", statement.closing))
    return out.getvalue()


def statement_sheet(statement: Statement, reader: Reader) -> Sheet:
    """The statement as a document for whom the account belongs to."""
    language = reader.language
    foot = Text(
        "statement.foot",
        {
            "operator": plain(reader.operator),
            "at": moment_text(reader.at, reader.zone, language),
        },
    )
    return Sheet(
        language=language,
        title=_say("statement.title", language),
        blocks=(
            Facts(_say("statement.title", language), tuple(_facts(statement, reader))),
            *_movements(statement, reader),
            Facts(_say("statement.balances", language), _sums(statement, language), sums=True),
        ),
        foot=foot.into(language),
        page_of=_say("legal.page", language),
        at=reader.at,
    )


def _facts(statement: Statement, reader: Reader) -> Iterator[tuple[str, str]]:
    language = reader.language
    asset, period = statement.account.asset, statement.period
    days = (period.since, period.until - _A_MOMENT)
    yield _say("statement.owner", language), plain(reader.owner)
    yield _say("statement.partner", language), plain(reader.partner)
    name = Text(f"asset.{asset.sku.lower()}").into(language)
    yield _say("statement.asset", language), f"{name} ({asset.sku})"
    yield (
        _say("statement.period", language),
        " – ".join(day_text(each, reader.zone, language) for each in days),
    )


def _movements(statement: Statement, reader: Reader) -> Iterator[Block]:
    language = reader.language
    if not statement.lines:
        yield Paragraph((Span(_say("statement.nothing", language)),))
        return
    yield Grid(
        _say("statement.movements", language),
        (
            Column(_say("statement.at", language)),
            Column(_say("statement.what", language)),
            Column(_say("statement.amount", language), is_figure=True),
            Column(_say("statement.after", language), is_figure=True),
        ),
        tuple(
            (
                moment_text(line.posted_at, reader.zone, language),
                _what(line, language),
                _figure(line.amount, language),
                _figure(line.after, language),
            )
            for line in statement.lines
        ),
    )


def _sums(statement: Statement, language: Language) -> tuple[tuple[str, str], ...]:
    return (
        (_say("statement.opening", language), _figure(statement.opening, language)),
        (_say("statement.closing", language), _figure(statement.closing, language)),
    )


def _what(line: StatementLine, language: Language) -> str:
    """The kind in words, with what was said of it and its reference below."""
    known = line.kind in frozenset(JournalKind)
    kind = Text(f"statement.kind.{line.kind}").into(language) if known else line.kind
    said = (kind, plain(line.description), plain(line.reference))
    return "\n".join(filter(None, said))


def _figure(amount: Amount, language: Language) -> str:
    if amount.asset.is_cash:
        return money_text(amount.money, language)
    return weight_text(amount.units, language)


def _say(key: str, language: Language) -> str:
    return Text(key).into(language)


def _balance_row(at: datetime, name: str, amount: Amount) -> tuple[str, ...]:
    return (at.isoformat(), "", name, "", "", "", f"{amount.decimal:f}", amount.asset.sku)


def _harmless(text: str) -> str:
    """A text as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text
