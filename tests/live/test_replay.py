"""A captured answer is worth nothing a second time, whichever process it is shown to."""

import asyncio
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from datetime import timedelta

import httpx

from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.sealing import derive_key
from bezant.partners.service import accounts, admission
from bezant.web.digest.nonces import NonceMint
from tests.factories.client import PartnerClient
from tests.factories.servers import LiveServer
from tests.factories.shop import SECRET_KEY, SignIn
from tests.live.by_hand import TARGET, Pen, fresh_nonce, is_stale

NONCE_LIFE_S = 300
CONNECTIONS = 24
"""So many that all at one of two workers happens once in eight million times."""


async def show(server: LiveServer, *shown: str, target: str = TARGET) -> list[httpx.Response]:
    """The answers to requests with these headers, all at once, each on its own connection."""
    alone = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=server.base_url, timeout=30, limits=alone) as client:
        return await asyncio.gather(
            *(client.get(target, headers={"Authorization": each}) for each in shown)
        )


async def show_one(server: LiveServer, authorization: str) -> httpx.Response:
    """The answer to one."""
    (answer,) = await show(server, authorization)
    return answer


async def mint_at(db: Database, *, age_s: float, key: str = SECRET_KEY) -> str:
    """A nonce that the server would have issued so many seconds ago."""
    mint = NonceMint(derive_key(key.encode(), "nonces"), realm="bezant", life_s=NONCE_LIFE_S)
    async with db.reading() as connection:
        epoch = await admission.current_epoch(connection)
    return mint.issue(now=SystemClock().now() - timedelta(seconds=age_s), epoch=epoch)


async def test_an_answer_shown_again_and_again_is_let_in_once(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    captured = Pen(live_sign_in, fresh_nonce(server)).answer()
    for round_ in range(3):
        statuses = Counter(
            each.status_code for each in await show(server, *[captured] * CONNECTIONS)
        )
        first = 1 if round_ == 0 else 0
        assert statuses == Counter({401: CONNECTIONS - first, 200: first})


async def test_the_other_algorithm_does_not_use_a_count_again(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    nonce = fresh_nonce(server)
    strong, old = Pen(live_sign_in, nonce), Pen(live_sign_in, nonce, "MD5")
    assert (await show_one(server, strong.answer())).status_code == 200
    assert (await show_one(server, old.answer())).status_code == 401


async def test_counts_that_overtake_one_another_are_each_let_in_once(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    pen = Pen(live_sign_in, fresh_nonce(server))
    counts = list(range(1, 301))
    random.Random(1204).shuffle(counts)
    turns = asyncio.Semaphore(50)

    async def one(client: httpx.AsyncClient, nc: int) -> int:
        async with turns:
            answer = await client.get(TARGET, headers={"Authorization": pen.answer(nc=nc)})
            return answer.status_code

    async with httpx.AsyncClient(base_url=server.base_url, timeout=30) as client:
        first = await asyncio.gather(*(one(client, nc) for nc in counts))
        again = await asyncio.gather(*(one(client, nc) for nc in counts))
    assert (set(first), set(again)) == ({200}, {401})


async def test_an_expired_nonce_is_said_to_be_stale_and_the_next_one_works(
    server: LiveServer, live_db: Database, live_sign_in: SignIn
) -> None:
    living, dead = (
        await mint_at(live_db, age_s=NONCE_LIFE_S - 60),
        await mint_at(live_db, age_s=NONCE_LIFE_S + 1),
    )
    assert (await show_one(server, Pen(live_sign_in, living).answer())).status_code == 200
    refused = await show_one(server, Pen(live_sign_in, dead).answer())
    assert is_stale(refused)
    assert not refused.json()["success"]


async def test_a_client_goes_on_by_itself_when_its_nonce_has_expired(
    server: LiveServer, live_db: Database, live_partner: PartnerClient
) -> None:
    assert (await live_partner.get(TARGET)).status == 200
    dead = await mint_at(live_db, age_s=NONCE_LIFE_S + 1)
    challenge = live_partner._auth._last_challenge  # noqa: SLF001 - to age what it remembers.
    assert challenge is not None
    live_partner._auth._last_challenge = challenge._replace(  # noqa: SLF001
        nonce=dead.encode()
    )
    assert (await live_partner.get(TARGET)).status == 200


async def test_a_foreign_nonce_is_stale_for_who_knows_the_secret_only(
    server: LiveServer, live_db: Database, live_sign_in: SignIn
) -> None:
    foreign = await mint_at(live_db, age_s=0, key="the secret key of another deployment")
    stranger = SignIn(live_sign_in.partner, live_sign_in.credential, "another")
    assert is_stale(await show_one(server, Pen(live_sign_in, foreign).answer()))
    assert not is_stale(await show_one(server, Pen(stranger, foreign).answer()))


async def test_an_altered_nonce_is_foreign(server: LiveServer, live_sign_in: SignIn) -> None:
    raw = bytearray(urlsafe_b64decode(fresh_nonce(server)))
    for place in (0, 10, 35):
        altered = bytearray(raw)
        altered[place] ^= 1
        nonce = urlsafe_b64encode(altered).decode()
        assert is_stale(await show_one(server, Pen(live_sign_in, nonce).answer()))


async def test_an_answer_for_another_target_or_method_is_refused(
    server: LiveServer, live_sign_in: SignIn
) -> None:
    pen = Pen(live_sign_in, fresh_nonce(server))
    products = "/partner/ecom/products?page=1&total=5"
    (other,) = await show(server, pen.answer(target=products), target=f"{products}0")
    assert not is_stale(other)
    assert not is_stale(await show_one(server, pen.answer(nc=2, method="POST")))
    # None of the two has used its count: an answer is verified before anything is kept.
    assert (await show_one(server, pen.answer(nc=1))).status_code == 200
    assert (await show_one(server, pen.answer(nc=2))).status_code == 200


async def test_a_revoked_credential_is_refused_at_once_by_every_worker(
    server: LiveServer, live_db: Database, live_sign_in: SignIn
) -> None:
    await both_workers_remember(server, live_sign_in)
    async with live_db.transaction() as tx:
        await accounts.revoke_credential(
            tx, live_sign_in.credential.username, now=SystemClock().now()
        )
    await nobody_is_let_in(server, live_sign_in)


async def test_a_disabled_partner_is_refused_at_once_by_every_worker(
    server: LiveServer, live_db: Database, live_sign_in: SignIn
) -> None:
    await both_workers_remember(server, live_sign_in)
    async with live_db.transaction() as tx:
        await accounts.disable_partner(tx, live_sign_in.partner.code, now=SystemClock().now())
    await nobody_is_let_in(server, live_sign_in)


async def both_workers_remember(server: LiveServer, sign_in: SignIn) -> None:
    """Lets the credential in so often that each process has it in its memory."""
    assert await _statuses(server, sign_in) == {200}


async def nobody_is_let_in(server: LiveServer, sign_in: SignIn) -> None:
    """Asserts that neither process lets the credential in."""
    assert await _statuses(server, sign_in) == {401}


async def _statuses(server: LiveServer, sign_in: SignIn) -> set[int]:
    pen = Pen(sign_in, fresh_nonce(server))
    answers = await show(server, *(pen.answer(nc=nc) for nc in range(1, CONNECTIONS + 1)))
    return {answer.status_code for answer in answers}
