"""The served document and the server agree: a long walk over every operation."""

import asyncio
import re
from pathlib import Path

import pytest

from bezant.kernel.db import Database
from bezant.web.partner.api import OPERATIONS
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer
from tests.factories.walks import cases_made, walk
from tests.live.walkers import new_walker

pytestmark = pytest.mark.stress


async def test_what_the_document_says_is_what_the_server_does_at_length(
    server: LiveServer, live_partner: PartnerClient, live_db: Database, tmp_path: Path
) -> None:
    walker = await new_walker(live_partner, live_db, spares=60)
    walked = await asyncio.to_thread(
        walk, server, walker, examples=200, phases="examples,coverage,fuzzing", home=tmp_path
    )
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert cases_made(walked.stdout) > 1_000
    # A walk that only met refusals would say little.
    numbers = (await live_partner.http.get("/metrics")).text
    done = set(re.findall(r'operation="(\w+)",status="200"', numbers))
    assert {operation.name for operation in OPERATIONS} <= done
