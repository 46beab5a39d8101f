"""Says how fast checkouts are: a table on the terminal, and a part of `bench/RESULTS.md`."""

from typing import Final

from bench.checkouts import WORKERS, CheckoutFigures
from bench.load import CONNECTIONS
from bench.machine import Machine
from bench.measure import Effort
from bench.report import Target, markdown, target_rows
from bench.tpcb import SCALE

CASH_AT_LEAST: Final = 300.0


def checkout_targets(figures: CheckoutFigures) -> list[Target]:
    """The targets of these measurements."""
    return [
        Target(
            name="checkouts a second, paid in cash",
            wanted=f"at least {CASH_AT_LEAST:g}",
            found=f"{figures.cash.per_second:,.0f}",
            is_met=figures.cash.per_second >= CASH_AT_LEAST,
        )
    ]


def checkout_rows(figures: CheckoutFigures) -> list[tuple[str, list[str]]]:
    """The figures: what each is, in cash and by card."""
    both = (figures.cash, figures.card)
    return [
        ("checkouts a second", [f"{flows.per_second:,.0f}" for flows in both]),
        ("calls a second", [f"{flows.per_second * 4:,.0f}" for flows in both]),
        ("a checkout, p50", [f"{flows.p50_ms:.1f} ms" for flows in both]),
        ("a checkout, p99", [f"{flows.p99_ms:.1f} ms" for flows in both]),
        ("its last call, p50", [f"{flows.complete_p50_ms:.1f} ms" for flows in both]),
        ("its last call, p99", [f"{flows.complete_p99_ms:.1f} ms" for flows in both]),
        (
            "as a share of TPC-B",
            [f"{flows.per_second / figures.tpcb_per_second:.2f}" for flows in both],
        ),
    ]


def checkout_part(figures: CheckoutFigures, machine: Machine, effort: Effort) -> str:
    """The part of the results about checkouts."""
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    return _PART.format(
        connections=CONNECTIONS,
        workers=WORKERS,
        runs=effort.runs,
        seconds=effort.seconds,
        warm_up=f"{effort.warm_up_s:g}",
        scale=SCALE,
        tpcb=f"{figures.tpcb_per_second:,.0f}",
        orders=f"{figures.orders:,}",
        cores=machine.cores,
        figures=markdown(
            ["", "cash", "card without 3-D"],
            [[name, *cells] for name, cells in checkout_rows(figures)],
        ),
        targets=markdown(["target", "wanted", "found", ""], target_rows(checkout_targets(figures))),
        machine=f"{machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB",
        kernel=machine.kernel,
        postgres=machine.postgres,
        python=machine.python,
        packages=packages,
        measured_on=machine.measured_on,
        busy_before=f"{machine.busy_before:.0%}",
    )


_PART: Final = """\
# Checkouts: baskets that become paid orders

Written by `python -m bench checkouts`; do not edit.

One checkout is four calls, each signed with HTTP Digest under a live nonce: a new basket with a
first product, a second product, both addresses, and `complete`. Customers and products are drawn
at random from the demo shop. {connections} connections are kept alive, each with one call under
way. Figures are medians of {runs} runs of {seconds} s after {warm_up} s of warming up; cash and
card take turns.

The server is `bezant serve` with {workers} HTTP workers and its background worker, on the embedded
PostgreSQL with fsync on. By card, the sandbox acquirer is charged over HTTP, and the order is
answered once its money is taken. **Server, PostgreSQL, acquirer and customers share the {cores}
cores.**

Beside it stands pgbench's own TPC-B-like transaction (scale {scale}, prepared, as many
connections) on the same PostgreSQL: **{tpcb} transactions a second**. A checkout is four such
commits and more. At the end the books were audited and found sound: {orders} orders.

{figures}

## Its targets

{targets}

## Its machine

| | |
|---|---|
| machine | {machine} |
| kernel | {kernel} |
| PostgreSQL | {postgres} |
| Python | {python}, {packages} |
| measured on | {measured_on} |
| kept busy by others before | {busy_before} |
"""
