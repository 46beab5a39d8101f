"""What can become of a card payment, as a table: prints docs/guide/acquirer-outcomes.md.

Each case stands for one row and says what has to come of it; `test_matrix` plays all of them,
once for each time at which the acquirer's notice may arrive. Run it to print the page:

    python -m tests.live.outcomes
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from bezant.integrations.acquirers.sandbox.cards import Behaviour
from bezant.integrations.acquirers.sandbox.wire import NoticePlan

PAGE: Final = Path("docs/guide/acquirer-outcomes.md")


class Way(StrEnum):
    """Where the card is given, and whether its bank asks the customer."""

    PAGE = "on our page, with 3-D"
    ORDER = "with the order, without 3-D"


class Act(StrEnum):
    """What the customer does at the bank's page."""

    NONE = "is not asked"
    APPROVE = "approves"
    REJECT = "rejects"
    WRONG_CODES = "enters a wrong code three times"
    LEAVE = "leaves"
    APPROVE_LATE = "approves after the order was given up"


class Lost(StrEnum):
    """What does not arrive."""

    NOTHING = ""
    BROWSER = "the browser's way back"
    QUESTIONS = "the answers to our first two questions"
    REPLY = "the answer to the charge"
    CHARGE = "the charge on its way"
    REFUND = "the answer to the refund"


class End(StrEnum):
    """How far an order and its money are in the end: the last four columns of the table."""

    PAID = "Payment Confirmed, success, all, nothing"
    UNPAID = "Cancelled, failed, nothing, nothing"
    WENT_BACK = "Cancelled, failed, all, all"


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what happens, when the notice comes, and what has to come of it.

    `first` is what the customer may see at first, `last` what the page says for good.
    """

    happens: str
    way: Way
    card: Behaviour
    act: Act
    lost: Lost
    notices: tuple[NoticePlan, ...]
    first: tuple[str, ...]
    last: str
    end: End


ALL: Final = tuple(NoticePlan)
NEVER: Final = (NoticePlan.NEVER,)
AT_ONCE: Final = (NoticePlan.TOGETHER, NoticePlan.TWICE)
"""These are heard while the customer is answered, before or after that."""
APART: Final = (NoticePlan.BEFORE, NoticePlan.AFTER, NoticePlan.LATE, NoticePlan.NEVER)
PAID, WAITS, AT_BANK, AWAY = "paid", "please wait", "the bank's page", "nothing, having left"


def asked_again(reason: str) -> str:
    """The page asks for another card and says why."""
    return f"asked for another card ({reason})"


def not_paid(reason: str) -> str:
    """The page says that the order is not paid, and why."""
    return f"not paid ({reason})"


def _after_3d() -> Iterator[Case]:
    """The customer is asked by the bank, and the browser comes back or does not."""
    declines = [
        (f"3-D passed, {words}", card, Act.APPROVE, reason) for words, card, reason in _DECLINES
    ]
    refusals = [
        ("rejected by the customer", Behaviour.APPROVED, Act.REJECT, "050"),
        ("a wrong code, three times", Behaviour.APPROVED, Act.WRONG_CODES, "050"),
        *declines,
    ]
    ends = [("approved", Behaviour.APPROVED, Act.APPROVE, PAID, PAID, End.PAID)]
    ends += [
        (happens, card, act, asked_again(reason), not_paid(reason), End.UNPAID)
        for happens, card, act, reason in refusals
    ]
    for happens, card, act, seen, last, end in ends:
        for lost, notices, first in (
            (Lost.NOTHING, ALL, (seen,)),
            (Lost.BROWSER, ALL, (AWAY,)),
            (Lost.QUESTIONS, APART, (AT_BANK,)),
            (Lost.QUESTIONS, AT_ONCE, (seen, AT_BANK)),
        ):
            yield Case(happens, Way.PAGE, card, act, lost, notices, first, last, end)


def _unfinished_3d() -> Iterator[Case]:
    """The bank's page is never answered, or not in time, or its answer comes to nothing."""
    approved, leave = Behaviour.APPROVED, Act.LEAVE
    unreached, reached = Behaviour.NEVER_REACHED, Act.APPROVE
    for happens, card, act, lost, first, last in (
        ("the customer leaves", approved, leave, Lost.NOTHING, AT_BANK, "050"),
        ("3-D passed, never reached", unreached, reached, Lost.NOTHING, AT_BANK, "091"),
        ("nobody can be asked", approved, Act.NONE, Lost.REPLY, WAITS, "050"),
        ("nobody can be asked", approved, Act.NONE, Lost.CHARGE, WAITS, "096"),
    ):
        yield Case(happens, Way.PAGE, card, act, lost, NEVER, (first,), not_paid(last), End.UNPAID)
    happens, act, last = "approved after the order was given up", Act.APPROVE_LATE, not_paid("096")
    for lost in (Lost.NOTHING, Lost.BROWSER, Lost.QUESTIONS, Lost.REFUND):
        first = AWAY if lost is Lost.BROWSER else last
        yield Case(happens, Way.PAGE, approved, act, lost, ALL, (first,), last, End.WENT_BACK)


def _without_3d() -> Iterator[Case]:
    """The charge is decided at once; only its answer or itself can be lost."""
    ends = [("approved", Behaviour.APPROVED, PAID, End.PAID)]
    ends += [(words, card, not_paid(reason), End.UNPAID) for words, card, reason in _DECLINES]
    for happens, card, last, end in ends:
        for lost, notices, first in (
            (Lost.NOTHING, ALL, (last,)),
            (Lost.REPLY, (NoticePlan.BEFORE,), (last,)),
            (Lost.REPLY, AT_ONCE, (last, WAITS)),
            (Lost.REPLY, (NoticePlan.AFTER, NoticePlan.LATE, NoticePlan.NEVER), (WAITS,)),
        ):
            yield Case(happens, Way.ORDER, card, Act.NONE, lost, notices, first, last, end)
    happens, card, last = "never reached", Behaviour.APPROVED, not_paid("096")
    yield Case(happens, Way.ORDER, card, Act.NONE, Lost.CHARGE, NEVER, (WAITS,), last, End.UNPAID)


_DECLINES: Final = (
    ("insufficient funds", Behaviour.NO_FUNDS, "051"),
    ("do not honour", Behaviour.DO_NOT_HONOUR, "005"),
    ("suspected fraud", Behaviour.FRAUD, "059"),
    ("expired card", Behaviour.EXPIRED, "054"),
    ("wrong CVV", Behaviour.WRONG_CVV, "082"),
    ("the card's bank is away", Behaviour.BANK_AWAY, "091"),
)
CASES: Final[Sequence[Case]] = (*_after_3d(), *_unfinished_3d(), *_without_3d())
"""Every row of the table."""


def page() -> str:
    """The page of the guide."""
    parts = [_HEAD]
    for way in Way:
        parts += [f"\n## A card given {way}\n\n", *_COLUMNS]
        parts += [_row(case) for case in CASES if case.way is way]
    return "".join(parts)


def _row(case: Case) -> str:
    notices = "any" if case.notices == ALL else ", ".join(case.notices)
    first = " or ".join(case.first)
    sees = case.last if case.first == (case.last,) else f"{first}; then {case.last}"
    told = (case.happens, notices, case.lost or "nothing", sees, *case.end.split(", "))
    return f"| {' | '.join(told)} |\n"


_COLUMNS: Final = (
    "| what happens | notice | lost | the customer sees | order | payment | taken | back |\n",
    "|---|---|---|---|---|---|---|---|\n",
)
_HEAD: Final = """\
# What can become of a card payment

Each row of these tables is played by a test against the [sandbox acquirer](sandbox-acquirer.md),
once for each notice that it names: one that comes before the browser is back, a second after it,
together with it, twice, late, or never. What the books say is held against what the sandbox took.

- *Lost* is what does not arrive: an answer, the browser, the charge itself.
- *The customer sees* the payment's page: at first, and in the end. The digits are the reason, as
  the `code` of `/callback/fail` has it.
- *Order* and *payment* are the order's status and its `payment.state` once nothing is under way any
  more. An order that is not paid waits (Pending) until its time is over: another card may pay it.
- *Taken* and *back* are what the acquirer took of the customer's card and gave back to it. Nothing
  is kept for an order that does not stand.
"""


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
