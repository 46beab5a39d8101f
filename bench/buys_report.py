"""Says how fast purchases are: a table on the terminal, and a part of `bench/RESULTS.md`."""

from typing import Final

from bench.buys import CUSTOMERS, WORKERS, BuyFigures
from bench.load import CONNECTIONS
from bench.machine import Machine
from bench.measure import Effort
from bench.report import Target, markdown, target_rows

SHARE_OF_BARE_AT_LEAST: Final = 0.2
P99_BELOW_MS: Final = 40.0


def buy_targets(figures: BuyFigures) -> list[Target]:
    """The targets of these measurements."""
    return [
        Target(
            name="purchases, as a share of a bare double entry",
            wanted=f"at least {SHARE_OF_BARE_AT_LEAST:g}",
            found=f"{figures.share:.2f}",
            is_met=figures.share >= SHARE_OF_BARE_AT_LEAST,
        ),
        Target(
            name=f"p99 of a purchase, {CONNECTIONS} connections",
            wanted=f"below {P99_BELOW_MS:g} ms",
            found=f"{figures.buys.p99_ms:.1f} ms",
            is_met=figures.buys.p99_ms < P99_BELOW_MS,
        ),
    ]


def buy_rows(figures: BuyFigures) -> list[tuple[str, str]]:
    """The figures: what each is, and how much."""
    return [
        ("purchases a second", f"{figures.buys.per_second:,.0f}"),
        ("a purchase, p50", f"{figures.buys.p50_ms:.1f} ms"),
        ("a purchase, p99", f"{figures.buys.p99_ms:.1f} ms"),
        ("bare double entries a second", f"{figures.bare_per_second:,.0f}"),
        ("as a share of those", f"{figures.share:.2f}"),
        ("fixes a second, made before", f"{figures.buys.fixes_per_second:,.0f}"),
    ]


def buy_part(figures: BuyFigures, machine: Machine, effort: Effort) -> str:
    """The part of the results about purchases."""
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    return _PART.format(
        connections=CONNECTIONS,
        customers=f"{CUSTOMERS:,}",
        workers=WORKERS,
        runs=effort.runs,
        seconds=effort.seconds,
        warm_up=f"{effort.warm_up_s:g}",
        orders=f"{figures.orders:,}",
        cores=machine.cores,
        figures=markdown(["", "found"], [[name, cell] for name, cell in buy_rows(figures)]),
        targets=markdown(["target", "wanted", "found", ""], target_rows(buy_targets(figures))),
        machine=f"{machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB",
        kernel=machine.kernel,
        postgres=machine.postgres,
        python=machine.python,
        packages=packages,
        measured_on=machine.measured_on,
        busy_before=f"{machine.busy_before:.0%}",
    )


_PART: Final = """\
# Purchases of digital metal

Written by `python -m bench buys`; do not edit.

One purchase is one call, `POST /partner/order/digital/buy`, signed with HTTP Digest under a live
nonce: gold at the price of a fix, for one of {customers} customers drawn at random, who all have
their accounts already, under a name of the partner's own, paid with a `topup`. It uses the fix up,
enters order and line, makes five postings in two assets, counts against the limits of the customer
and the cover of the vault, and writes its event. **The fix is a call of its own, and is not in the
time that is measured:** all fixes of a run are made before it, over the same connections; how many
a second that were stands below. {connections} connections are kept alive, each with one call under
way. Figures are medians of {runs} runs of {seconds} s after {warm_up} s of warming up, on tables in
which some thousand orders are already.

The server is `bezant serve` with {workers} HTTP workers and its background worker, on the embedded
PostgreSQL with fsync on. **Server, PostgreSQL and customers share the {cores} cores.**

Beside it stands the bare double entry of the ledger's measurement, called by pgbench with as many
connections on the same PostgreSQL while no server runs; they take turns. At the end the ledger,
the orders and the vault were audited and found sound: {orders} orders.

{figures}

## Their targets

{targets}

## The purchases' machine

| | |
|---|---|
| machine | {machine} |
| kernel | {kernel} |
| PostgreSQL | {postgres} |
| Python | {python}, {packages} |
| measured on | {measured_on} |
| kept busy by others before | {busy_before} |
"""
