"""Says what was measured: a table on the terminal, and the same in `bench/RESULTS.md`.

Each target stands beside its figure, with whether it is met.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from rich.table import Table

from bench.load import CONNECTIONS
from bench.machine import Machine
from bench.measure import Effort, Figures

RATIO_AT_LEAST: Final = 0.15
P99_BELOW_MS: Final = 20.0
KEPT_AT_LEAST: Final = 0.8
MEMORY_BELOW_MIB: Final = 150.0


class Target(Struct, frozen=True, kw_only=True):
    """Something that must hold, and how it is."""

    name: str
    wanted: str
    found: str
    is_met: bool


def targets(figures: Sequence[Figures]) -> list[Target]:
    """The targets of these measurements, the smallest first."""
    return [
        *(target for each in figures for target in _targets_of_one(each)),
        *_growth(figures),
    ]


def table(figures: Sequence[Figures]) -> Table:
    """The figures for the terminal."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("")
    for each in figures:
        shown.add_column(f"{each.baskets:,} baskets", justify="right")
    for name, cells in _rows(figures):
        shown.add_row(name, *cells)
    return shown


def write_part(path: Path, part: str) -> None:
    """Puts a benchmark's results into the file, in place of what it said before.

    A part begins with its title, the only line that begins with `# `.
    """
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = {each.splitlines()[0]: each.strip() for each in _parts(kept)}
    parts[part.splitlines()[0]] = part.strip()
    path.write_text("\n\n".join(parts.values()) + "\n", encoding="utf-8")


def _parts(text: str) -> list[str]:
    return [f"# {each}" for each in f"\n{text}".split("\n# ")[1:]]


def target_table(found: Sequence[Target]) -> Table:
    """The targets for the terminal."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("target", "wanted", "found", ""):
        shown.add_column(column)
    for target in found:
        shown.add_row(target.name, target.wanted, target.found, _verdict(target))
    return shown


def document(figures: Sequence[Figures], machine: Machine, effort: Effort) -> str:
    """`bench/RESULTS.md`."""
    packages = ", ".join(f"{name} {number}" for name, number in machine.packages.items())
    heads = [f"{each.baskets:,} baskets" for each in figures]
    return _DOCUMENT.format(
        connections=CONNECTIONS,
        seconds=effort.seconds,
        warm_up=f"{effort.warm_up_s:g}",
        runs=effort.runs,
        machine=f"{machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB",
        cores=machine.cores,
        kernel=machine.kernel,
        postgres=machine.postgres,
        python=machine.python,
        packages=packages,
        measured_on=machine.measured_on,
        niceness=machine.niceness,
        busy_before=machine.busy_before,
        figures=markdown(["", *heads], [[name, *cells] for name, cells in _rows(figures)]),
        targets=markdown(["target", "wanted", "found", ""], target_rows(targets(figures))),
    )


_DOCUMENT: Final = """\
# Incomplete baskets: what one worker answers

Written by `python -m bench incomplete-baskets`; do not edit.

One request is the seed's page, `GET /partner/ecom/baskets?customer_external_id=…&page=&total=\
&startDate&endDate&card_bin`, of a random customer, signed with HTTP Digest under a live nonce;
no (nonce, nc) pair comes twice and the server checks it. {connections} connections are kept
alive, each with one request under way. Figures are medians of {runs} runs of {seconds} s after
{warm_up} s of warming up.

What is read is in memory, as on a server that has been up for a day (`pg_prewarm`).

The server is `bezant serve` with one HTTP worker and its background worker, on the embedded
PostgreSQL with fsync on. **Server, PostgreSQL and load generator share the {cores} cores**, and
nothing is pinned, so the rates are lower than with a client elsewhere.

Two floors stand under it. *pgbench* runs the same statement prepared, with as many
connections and unique (nonce, nc) pairs: what the database alone could answer. The *bare
application* answers the same number of bytes from the same HTTP server: what HTTP alone costs.

The server writes errors to its log and no more; *logging* is the same with a line for each
request (`BEZANT_LOG_LEVEL=info`, which is what it does unless it is told otherwise).

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
| niceness of all that was measured | {niceness} |
| kept busy by others before | {busy_before:.0%} |
"""


def _rows(figures: Sequence[Figures]) -> list[tuple[str, list[str]]]:
    return [
        ("customers", [f"{f.customers:,}" for f in figures]),
        ("baskets of a customer", [f"{f.baskets_each:.1f}" for f in figures]),
        ("database", [f"{f.size_mib:,} MiB" for f in figures]),
        ("body of an answer", [f"{f.server.run.body_bytes:,} bytes" for f in figures]),
        ("server, requests a second", [_rate(f.server.run.per_second) for f in figures]),
        ("server, p50", [_ms(f.server.run.p50_ms) for f in figures]),
        ("server, p95", [_ms(f.server.run.p95_ms) for f in figures]),
        ("server, p99", [_ms(f.server.run.p99_ms) for f in figures]),
        ("server, slowest", [_ms(f.server.run.max_ms) for f in figures]),
        ("HTTP worker, processor", [_us(f.server.processor_us) for f in figures]),
        ("HTTP worker, RSS", [_mib(f.server.memory.rss_mib) for f in figures]),
        ("HTTP worker, PSS", [_mib(f.server.memory.pss_mib) for f in figures]),
        ("logging, requests a second", [_rate(f.logging.run.per_second) for f in figures]),
        ("logging, HTTP worker, processor", [_us(f.logging.processor_us) for f in figures]),
        ("pgbench, requests a second", [_rate(f.pgbench_per_second) for f in figures]),
        ("pgbench, mean", [_ms(f.pgbench_mean_ms) for f in figures]),
        ("bare application, requests a second", [_rate(f.bare.per_second) for f in figures]),
    ]


def _targets_of_one(figures: Figures) -> list[Target]:
    at = f"at {figures.baskets:,}"
    return [
        Target(
            name=f"rate as a share of pgbench's, {at}",
            wanted=f"at least {RATIO_AT_LEAST}",
            found=f"{figures.ratio:.2f}",
            is_met=figures.ratio >= RATIO_AT_LEAST,
        ),
        Target(
            name=f"p99, {at}",
            wanted=f"below {P99_BELOW_MS:g} ms",
            found=_ms(figures.server.run.p99_ms),
            is_met=figures.server.run.p99_ms < P99_BELOW_MS,
        ),
        Target(
            name=f"RSS of the HTTP worker, {at}",
            wanted=f"below {MEMORY_BELOW_MIB:g} MiB",
            found=_mib(figures.server.memory.rss_mib),
            is_met=figures.server.memory.rss_mib < MEMORY_BELOW_MIB,
        ),
    ]


def _growth(figures: Sequence[Figures]) -> list[Target]:
    """How much of the rate is left with the most baskets; one measurement tells nothing."""
    least = min(figures, key=lambda each: each.baskets)
    most = max(figures, key=lambda each: each.baskets)
    if least.baskets == most.baskets:
        return []
    kept = most.server.run.per_second / least.server.run.per_second
    return [
        Target(
            name=f"rate at {most.baskets:,} as a share of that at {least.baskets:,}",
            wanted=f"at least {KEPT_AT_LEAST}",
            found=f"{kept:.2f}",
            is_met=kept >= KEPT_AT_LEAST,
        )
    ]


def target_rows(found: Sequence[Target]) -> list[list[str]]:
    """The targets as rows: name, wanted, found, verdict."""
    return [[each.name, each.wanted, each.found, _verdict(each)] for each in found]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; its first column is text, the others are figures."""
    numbers = ["---:"] * (len(head) - 1)
    lines = [head, ["---", *numbers], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _verdict(target: Target) -> str:
    return "met" if target.is_met else "MISSED"


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms"


def _us(microseconds: float) -> str:
    return f"{microseconds:,.0f} µs a request"


def _mib(mebibytes: float) -> str:
    return f"{mebibytes:.0f} MiB"
