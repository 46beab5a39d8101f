"""Says how fast the ledger is: a table on the terminal, and a part of `bench/RESULTS.md`."""

from typing import Final

from bench.ledger import LedgerFigures
from bench.ledger_books import CUSTOMERS_EACH, PARTNERS
from bench.load import CONNECTIONS
from bench.machine import Machine
from bench.measure import Effort
from bench.report import Target, markdown, target_rows

SHARE_OF_BARE_AT_LEAST: Final = 0.5
ONE_PARTNER_AT_LEAST: Final = 0.85
READ_KEPT_AT_LEAST: Final = 0.9


def ledger_targets(figures: LedgerFigures) -> list[Target]:
    """The targets of these measurements."""
    return [
        _target(
            "journals, as a share of a bare double entry",
            figures.spread.per_second / figures.bare_per_second,
            SHARE_OF_BARE_AT_LEAST,
        ),
        _target(
            f"journals of one partner, as a share of those of {PARTNERS}",
            figures.one_partner.per_second / figures.spread.per_second,
            ONE_PARTNER_AT_LEAST,
        ),
        _target(
            f"reads of balances at {figures.many_postings:,} postings, as a share of those at"
            f" {figures.few_postings:,}",
            figures.read_of_many.per_second / figures.read_of_few.per_second,
            READ_KEPT_AT_LEAST,
        ),
    ]


def ledger_rows(figures: LedgerFigures) -> list[tuple[str, list[str]]]:
    """The figures: what each is, how many a second, and how long one took."""
    measured = (
        (f"journals, over {PARTNERS} partners", figures.spread),
        ("journals, all of one partner", figures.one_partner),
        (f"reads of balances, {figures.few_postings:,} postings", figures.read_of_few),
        (f"reads of balances, {figures.many_postings:,} postings", figures.read_of_many),
    )
    return [
        ("bare double entry, by pgbench", [f"{figures.bare_per_second:,.0f}", "", ""]),
        ("the same with two more indexes", [f"{figures.indexed_per_second:,.0f}", "", ""]),
        *(
            (name, [f"{r.per_second:,.0f}", f"{r.p50_ms:.2f} ms", f"{r.p99_ms:.2f} ms"])
            for name, r in measured
        ),
    ]


def ledger_part(figures: LedgerFigures, machine: Machine, effort: Effort) -> str:
    """The part of the results about the ledger."""
    return _PART.format(
        connections=CONNECTIONS,
        partners=PARTNERS,
        customers=CUSTOMERS_EACH,
        runs=effort.runs,
        seconds=effort.seconds,
        warm_up=f"{effort.warm_up_s:g}",
        figures=markdown(
            ["", "a second", "p50", "p99"], [[name, *cells] for name, cells in ledger_rows(figures)]
        ),
        targets=markdown(["target", "wanted", "found", ""], target_rows(ledger_targets(figures))),
        machine=f"{machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB",
        cores=machine.cores,
        kernel=machine.kernel,
        postgres=machine.postgres,
        python=machine.python,
        asyncpg=machine.packages["asyncpg"],
        measured_on=machine.measured_on,
        busy_before=f"{machine.busy_before:.0%}",
    )


def _target(name: str, share: float, at_least: float) -> Target:
    return Target(
        name=name,
        wanted=f"at least {at_least}",
        found=f"{share:.2f}",
        is_met=share >= at_least,
    )


_PART: Final = """\
# The ledger: journals posted, balances read

Written by `python -m bench ledger`; do not edit.

One journal is a purchase: the house gives a customer gold, in two postings, a transaction of its
own, posted by `ledger.service` from one Python process over {connections} connections. There are
{partners} partners of {customers} customers, drawn at random. Figures are medians of {runs} runs
of {seconds} s after {warm_up} s of warming up; what is compared takes turns.

Beside it stands a bare double entry: a function that locks two accounts in the order of their ids,
enters a journal and two postings, and updates both balances; no reference that posts once, no
floor, no check at commit, no place in an order, and no index but its keys. The line below it is
the same with the two indexes without which a ledger cannot be read or post a reference once.
pgbench calls it with as many connections, on the same embedded PostgreSQL with fsync on.
**PostgreSQL and whoever calls it share the {cores} cores.**

A read is in turn of a customer's balances and of a house's, whose balance is a snapshot and what
came since. At the end the ledger was verified and found sound.

{figures}

## Their targets

{targets}

## The ledger's machine

| | |
|---|---|
| machine | {machine} |
| kernel | {kernel} |
| PostgreSQL | {postgres} |
| Python | {python}, asyncpg {asyncpg} |
| measured on | {measured_on} |
| kept busy by others before | {busy_before} |
"""
