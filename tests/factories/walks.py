"""A walk of Schemathesis over the served document, signed in, with what really exists.

Schemathesis runs as the command that it is and loads this file as its hooks; what a test has
prepared comes to it in an environment variable.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import urlencode
from zlib import crc32

import msgspec
import schemathesis
from requests.auth import HTTPDigestAuth
from schemathesis.generation.meta import TestPhase

from tests.factories.servers import LiveServer

AnyCase: TypeAlias = "schemathesis.Case[object]"
Values: TypeAlias = dict[str, object]
VARIABLE = "BEZANT_TEST_WALK"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
TIMEOUT_S = 1_800
MAX_TARGET = 30_000


class Walker(msgspec.Struct, frozen=True):
    """Who walks, and the values that lead somewhere, by the name of their field.

    `spare` is what can be used up, for each method and path that does so; each is used once.
    """

    username: str
    secret: str
    known: Values
    spare: dict[str, list[Values]]


def walk(
    server: LiveServer, walker: Walker, *, examples: int, phases: str, home: Path
) -> "subprocess.CompletedProcess[str]":
    """What Schemathesis said after so many examples for each operation."""
    command = Path(sys.executable).with_name("schemathesis")
    options = {
        "--checks": ",".join(CHECKS),
        "--phases": phases,
        "--max-examples": str(examples),
        "--generation-with-security-parameters": "false",
        "--generation-database": "none",
        "--suppress-health-check": "all",
        "--warnings": "off",
        "--seed": "1204",
    }
    return subprocess.run(
        [
            str(command),
            "run",
            f"{server.base_url}/docs/openapi.json",
            *(part for option in options.items() for part in option),
            "--continue-on-failure",
            "--no-color",
        ],
        cwd=home,
        env=os.environ
        | {
            VARIABLE: msgspec.json.encode(walker).decode(),
            "SCHEMATHESIS_HOOKS": __name__,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def cases_made(said: str) -> int:
    """How many test cases the walk made, by its own summary."""
    found = re.search(r"(\d+) generated", said)
    assert found, said
    return int(found[1])


def lead(walker: Walker, case: AnyCase) -> None:
    """Puts values that exist into each of the document's examples, and half of the rest."""
    is_example = case.meta is not None and case.meta.phase.name == TestPhase.EXAMPLES
    if not is_example and _shown(case) % 2:
        return
    spare = walker.spare.get(f"{case.method.upper()} {case.path}")
    values = spare.pop() if spare else walker.known
    for part in (case.query, case.path_parameters, case.body):
        if isinstance(part, dict):
            sent = cast("dict[str, object]", part)
            sent.update({name: values[name] for name in sent.keys() & values.keys()})


def _is_past_http(case: AnyCase) -> bool:
    """Whether the target is so long that HTTP itself refuses it (414), before there is an API."""
    target = {"": [case.query, case.path_parameters]}
    return len(urlencode(target, errors="replace")) > MAX_TARGET


def _shown(case: AnyCase) -> int:
    return crc32(repr((case.query, case.path_parameters, case.body)).encode(errors="replace"))


def _register(walker: Walker) -> None:
    digest = HTTPDigestAuth(walker.username, walker.secret)
    # It is in the guide and not in the types.
    schemathesis.auth.set_from_requests(digest)  # type: ignore[attr-defined]

    @schemathesis.hook
    def filter_case(context: schemathesis.HookContext, case: AnyCase) -> bool:
        return not _is_past_http(case)

    # Not `map_case`: the document's own examples do not come through it.
    @schemathesis.hook
    def before_call(
        context: schemathesis.HookContext, case: AnyCase, kwargs: dict[str, object]
    ) -> None:
        lead(walker, case)


if VARIABLE in os.environ:
    _register(msgspec.json.decode(os.environ[VARIABLE], type=Walker))
