"""The floor of the database: pgbench with the statement of one request, prepared.

It is joined of the rooms' own constants, so the floor follows the code. Only its places are
filled differently: pgbench has no null, so the days that are not asked for are written
NULL, and it has no clock, so `now` is the server's.
"""

import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

from bench.load import CONNECTIONS
from bench.stock import FIRST_CUSTOMER, Stock, admissions_since
from bezant.baskets.queries import INCOMPLETE_BASKETS
from bezant.integrations.embedded_postgres import EmbeddedPostgres
from bezant.integrations.embedded_postgres.cluster import ROLE
from bezant.integrations.embedded_postgres.layout import PORT
from bezant.kernel.steps import joined
from bezant.partners.model import RequestKind
from bezant.partners.store.admission import ADMIT
from bezant.web.partner.wire.baskets import DEFAULT_ROWS

THREADS: Final = 2
TIMEOUT_S: Final = 30.0
_ADMIT_PLACES: Final = (
    ":partner",
    ":credential",
    ":version",
    ":epoch",
    ":nonce",
    ":nc",
    f"'{RequestKind.READ}'",
    "clock_timestamp()",
)
_PAGE_PLACES: Final = (":partner", ":customer", "'tr'", "NULL", "NULL", f"{DEFAULT_ROWS}", "0")
# Sixteen decimal digits are sixteen bytes, as long as a nonce's key.
SCRIPT: Final = r"""
\set customer random(:first, :last)
\set nonce :nonces + :client_id
\set nc :nc + 1
"""


class Floor(Struct, frozen=True, kw_only=True):
    """What pgbench said of one run."""

    per_second: float
    mean_ms: float


class NotAllAdmitted(Exception):
    """Some of pgbench's requests were not let in, so it did less than a request does."""


def run_pgbench(postgres: EmbeddedPostgres, stock: Stock, *, seconds: int) -> Floor:
    """Runs it for so many whole seconds. Raises `NotAllAdmitted`."""
    nonces = time.time_ns() // 1000
    with TemporaryDirectory(prefix="bezant-bench-") as home:
        script = Path(home) / "request.sql"
        script.write_text(request_script(), encoding="utf-8")
        said = subprocess.run(
            _command(postgres, stock, script=script, seconds=seconds, nonces=nonces),
            env=pgbench_environment(postgres),
            capture_output=True,
            text=True,
            timeout=seconds + TIMEOUT_S,
            check=True,
        ).stdout
    done = int(figure_said(said, r"actually processed: (\d+)"))
    if admissions_since(stock, str(nonces).encode()) != done:
        raise NotAllAdmitted(said)
    return Floor(
        per_second=figure_said(said, r"tps = ([\d.]+)"),
        mean_ms=figure_said(said, r"latency average = ([\d.]+) ms"),
    )


def request_script() -> str:
    """What pgbench does for one request."""
    statement = joined((INCOMPLETE_BASKETS, ADMIT))
    return f"{SCRIPT}{filled(statement, (*_PAGE_PLACES, *_ADMIT_PLACES))};\n"


def filled(statement: str, places: Sequence[str]) -> str:
    """The statement with `$1`, `$2`, … written as these texts. Raises `IndexError`."""
    return re.sub(r"\$(\d+)", lambda place: places[int(place[1]) - 1], statement)


def _command(
    postgres: EmbeddedPostgres, stock: Stock, *, script: Path, seconds: int, nonces: int
) -> list[str]:
    variables = {
        "partner": stock.partner_id,
        "credential": stock.credential_id,
        "version": stock.credential_version,
        "epoch": f"\\x{stock.epoch.hex()}",
        "nonces": nonces,
        "nc": 0,
        "first": FIRST_CUSTOMER,
        "last": FIRST_CUSTOMER + stock.customers - 1,
    }
    return [
        str(postgres.bin_dir / "pgbench"),
        f"--client={CONNECTIONS}",
        f"--jobs={THREADS}",
        "--protocol=prepared",
        "--no-vacuum",
        f"--time={seconds}",
        f"--file={script}",
        *(f"--define={name}={value}" for name, value in variables.items()),
        stock.database,
    ]


def pgbench_environment(postgres: EmbeddedPostgres) -> dict[str, str]:
    """The variables by which pgbench finds the server and signs in."""
    return {
        **os.environ,
        "PGHOST": postgres.host,
        "PGPORT": str(PORT),
        "PGUSER": ROLE,
        "PGPASSWORD": postgres.password,
        "PGOPTIONS": "-c jit=off",
    }


def figure_said(said: str, pattern: str) -> float:
    """The figure that pgbench's report has where the pattern's group is."""
    found = re.search(pattern, said)
    assert found is not None, f"pgbench does not say {pattern}: {said}"
    return float(found[1])
