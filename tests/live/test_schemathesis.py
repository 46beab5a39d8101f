"""The served document and the server agree: a short walk over every operation.

The long one is with the stress tests.
"""

import asyncio
from pathlib import Path

from bezant.kernel.db import Database
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer
from tests.factories.walks import cases_made, walk
from tests.live.walkers import new_walker


async def test_what_the_document_says_is_what_the_server_does(
    server: LiveServer, live_partner: PartnerClient, live_db: Database, tmp_path: Path
) -> None:
    walker = await new_walker(live_partner, live_db, spares=5)
    walked = await asyncio.to_thread(
        walk, server, walker, examples=10, phases="examples,fuzzing", home=tmp_path
    )
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert cases_made(walked.stdout) > 100
