"""What a run is summed up as: a rate, and the latencies that so many of its requests had."""

import math
from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Run(Struct, frozen=True, kw_only=True):
    """One run: how many requests a second, and how long they took in milliseconds."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    body_bytes: int
    """The mean length of an answer's body."""
    answers: int
    """How many came in all, those of the warm-up too."""


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of these values, in ascending order, that `share` of them do not exceed."""
    if not ordered:
        raise ValueError("no value has no percentile")
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    return ordered[math.ceil(share * len(ordered)) - 1]


def summed_up(
    latencies_s: Sequence[float], *, seconds: float, bytes_received: int, answers: int
) -> Run:
    """A run of these latencies, which all fell within so many seconds."""
    ordered = sorted(latencies_s)
    return Run(
        per_second=len(ordered) / seconds,
        p50_ms=percentile(ordered, 0.50) * 1000,
        p95_ms=percentile(ordered, 0.95) * 1000,
        p99_ms=percentile(ordered, 0.99) * 1000,
        max_ms=ordered[-1] * 1000,
        body_bytes=bytes_received // len(ordered),
        answers=answers,
    )


def middle(runs: Sequence[Run]) -> Run:
    """The medians of some runs, each figure by itself; the answers are all of theirs."""
    return Run(
        per_second=median(run.per_second for run in runs),
        p50_ms=median(run.p50_ms for run in runs),
        p95_ms=median(run.p95_ms for run in runs),
        p99_ms=median(run.p99_ms for run in runs),
        max_ms=median(run.max_ms for run in runs),
        body_bytes=int(median(run.body_bytes for run in runs)),
        answers=sum(run.answers for run in runs),
    )
