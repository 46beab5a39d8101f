"""A settlement with a partner on paper: the same rows as a table, as CSV, and as a sheet."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo

from bezant.kernel.money import MINOR_UNITS_PLACES, Money, exact_decimal
from bezant.kernel.texts import Language, Text
from bezant.ledger.model import JournalKind
from bezant.legal.sheet import Block, Column, Facts, Grid, Heading, Paragraph, Sheet, Span
from bezant.legal.wording import day_text, moment_text, money_text, plain
from bezant.settlement.model import Account, Days

COLUMNS: Final = ("day", "currency", "kind", "postings", "credited", "debited", "balance")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a settlement is with, who says it, and how: where, in which language, and when."""

    operator: str
    partner: str
    zone: ZoneInfo
    language: Language
    at: datetime


def settlement_rows(
    told: Sequence[Account], days: Days
) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """The columns, and each currency's movements between its opening and its closing balance."""
    rows: list[tuple[str, ...]] = []
    for account in told:
        currency = account.currency
        rows.append(_balance_row(days.first, "opening", account.opening))
        rows += [
            (
                each.day.isoformat(),
                currency,
                each.kind,
                str(each.postings),
                _exact(each.credited),
                _exact(each.debited),
                _exact(after),
            )
            for each, after in account.running()
        ]
        rows.append(_balance_row(days.last, "closing", account.closing))
    return COLUMNS, rows


def settlement_csv(told: Sequence[Account], days: Days) -> str:
    """The same with exact figures, for a spreadsheet."""
    out = StringIO()
    writer = csv.writer(out)
    columns, rows = settlement_rows(told, days)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def settlement_sheet(told: Sequence[Account], days: Days, reader: Reader) -> Sheet:
    """The settlement as a document for the partner."""
    language = reader.language
    at = moment_text(reader.at, reader.zone, language)
    foot = Text("statement.foot", {"operator": plain(reader.operator), "at": at})
    return Sheet(
        language=language,
        title=_say("settlement.title", language),
        blocks=tuple(_blocks(told, days, reader)),
        foot=foot.into(language),
        page_of=_say("legal.page", language),
        at=reader.at,
    )


def _blocks(told: Sequence[Account], days: Days, reader: Reader) -> Iterator[Block]:
    language = reader.language
    between = (_day(days.first, language), _day(days.last, language))
    yield Facts(
        _say("settlement.title", language),
        (
            (_say("statement.partner", language), plain(reader.partner)),
            (_say("statement.period", language), " – ".join(between)),
            (_say("settlement.time_zone", language), reader.zone.key),
        ),
    )
    yield Paragraph((Span(_say("settlement.signs", language)),))
    if not told:
        yield Paragraph((Span(_say("statement.nothing", language)),))
    for account in told:
        yield from _account(account, language)


def _account(account: Account, language: Language) -> Iterator[Block]:
    name = _say(f"asset.{account.currency.lower()}", language)
    caption = f"{name} ({account.currency})"
    yield Heading(caption)
    if account.movements:
        yield Grid(
            caption,
            (
                Column(_say("settlement.day", language)),
                Column(_say("statement.what", language)),
                Column(_say("settlement.postings", language), is_figure=True),
                Column(_say("settlement.credited", language), is_figure=True),
                Column(_say("settlement.debited", language), is_figure=True),
                Column(_say("statement.after", language), is_figure=True),
            ),
            tuple(_grid_rows(account, language)),
        )
    yield Facts(
        caption,
        (
            (_say("statement.opening", language), money_text(account.opening, language)),
            (_say("statement.closing", language), money_text(account.closing, language)),
        ),
        sums=True,
    )


def _grid_rows(account: Account, language: Language) -> Iterator[tuple[str, ...]]:
    for each, after in account.running():
        yield (
            _day(each.day, language),
            _kind(each.kind, language),
            str(each.postings),
            money_text(each.credited, language),
            money_text(each.debited, language),
            money_text(after, language),
        )


def _kind(kind: str, language: Language) -> str:
    return _say(f"statement.kind.{kind}", language) if kind in frozenset(JournalKind) else kind


def _day(day: date, language: Language) -> str:
    return day_text(datetime.combine(day, time(), UTC), UTC, language)


def _balance_row(day: date, name: str, balance: Money) -> tuple[str, ...]:
    return (day.isoformat(), balance.currency, name, "", "", "", _exact(balance))


def _exact(amount: Money) -> str:
    return f"{exact_decimal(amount.minor, places=MINOR_UNITS_PLACES):f}"


def _say(key: str, language: Language) -> str:
    return Text(key).into(language)
