"""`bezant settlement`, as whoever settles with partners uses it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

DAYS = ("--from", "2020-01-01", "--to", "2020-12-31")


@pytest.fixture(scope="module")
def codes() -> list[str]:
    """The partners that were made so far."""
    return []


@pytest.fixture
def partner(bezant: Terminal, codes: list[str]) -> str:
    """A partner's code that nobody has settled with."""
    code = f"settled-{len(codes)}"
    codes.append(code)
    bezant.done("partner", "create", code, "--name", "Settled Bank")
    return code


def today() -> tuple[str, ...]:
    """The options of a period that today is in."""
    now = datetime.now(UTC)
    days = (now - timedelta(days=1), now + timedelta(days=1))
    first, last = (each.strftime("%Y-%m-%d") for each in days)
    return ("--from", first, "--to", last)


def test_a_payment_is_entered_once_shown_and_listed(bezant: Terminal, partner: str) -> None:
    pay = ("settlement", "pay", partner, "TRY", "1234.50", "--reference", "EFT-1")

    first = bezant.done(*pay)
    again = bezant.done(*pay)
    other = bezant("settlement", "pay", partner, "TRY", "1", "--reference", "EFT-1")
    back = bezant.done(
        "settlement", "pay", partner, "TRY", "0.5", "--reference", "EFT-2", "--by", "operator"
    )
    shown = bezant.done("settlement", "show", partner, *today())
    listed = bezant.done("settlement", "list")

    assert first.out == f"{partner}: 1234.5 TRY paid; the operator owes 1234.5\n"
    assert again.out == f"{partner}: 1234.5 TRY was paid already; the operator owes 1234.5\n"
    assert other.code == 1
    assert back.out.endswith("; the operator owes 1234\n")
    assert shown.row_of("settlement")[1:] == ["TRY", "settlement", "2", "1234.5", "0.5", "1234"]
    assert shown.row_of("closing")[1:] == ["TRY", "closing", "1234"]
    assert listed.row_of(partner)[2:] == ["TRY", "1234", "the operator owes 1234"]


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_settlement_is_written_as_csv_and_as_pdf(
    bezant: Terminal, partner: str, language: str
) -> None:
    bezant.done("settlement", "pay", partner, "EUR", "7", "--reference", "SWIFT-1")
    files = ("--csv", "s.csv", "--pdf", "s.pdf", "--language", language)

    said = bezant("settlement", "show", partner, *today(), *files)
    lines = Path("s.csv").read_text(encoding="utf-8").splitlines()

    assert (said.code, said.err) == (0, "wrote s.csv\nwrote s.pdf\n")
    assert lines[0] == "day,currency,kind,postings,credited,debited,balance"
    assert lines[1].endswith(",EUR,opening,,,,0")
    assert lines[2].endswith(",EUR,settlement,1,7,0,7")
    assert lines[3].endswith(",EUR,closing,,,,7")
    assert len(lines) == 4
    assert Path("s.pdf").read_bytes().startswith(b"%PDF-")


def test_a_partner_with_nothing_to_settle_has_a_settlement_all_the_same(
    bezant: Terminal, partner: str
) -> None:
    said = bezant("settlement", "show", partner, *DAYS, "--pdf", "none.pdf")

    assert (said.code, said.out) == (0, "none\n")
    assert Path("none.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("amount", ["0", "1.005", "-1", "much", "NaN", "1e30"])
def test_what_is_no_amount_is_refused(bezant: Terminal, partner: str, amount: str) -> None:
    said = bezant("settlement", "pay", partner, "TRY", "--reference", "R", "--", amount)

    assert (said.code, said.out) == (1, "")


def test_an_unknown_partner_is_refused(bezant: Terminal) -> None:
    assert bezant("settlement", "show", "nobody", *DAYS).code == 1
