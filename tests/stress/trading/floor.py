"""A trading floor: the processes of a server on a database, and a partner who calls it.

The market stands still, so that every amount of cash can be said beforehand.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx

from bezant.customers.service import find_customer
from bezant.kernel.clock import SystemClock
from bezant.kernel.db import Database
from bezant.kernel.ids import CustomerId
from bezant.ledger import service as ledger
from bezant.ledger.model import customer
from bezant.settings import Settings
from tests.factories.catalog import set_market
from tests.factories.client import PartnerClient
from tests.factories.processes import family_of
from tests.factories.servers import LiveServer, run_verb, start_server
from tests.factories.shop import Reply, SignIn, customer_body, make_sign_in
from tests.stress.checkout.wire import QuickTransport
from tests.trading.desk import BUY, FIX, SELL, open_trading

WORKERS = 2
MOST_CONNECTIONS, ANSWERED_WITHIN_S = 110, 60
BUY_PRICE, SELL_PRICE = 2_020, 1_980
"""What a gram of gold costs and brings, in whole lira."""
FOREIGNER = "11111111111"
"""What is written for who has no identity number: nobody is the same person by it."""
STILL = {"BEZANT_FEED": "none", "BEZANT_PRICE_AGE_LIMIT_S": "86400"}


class Running:
    """A server's processes, which may be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = ExitStack()
        self.server = self._start()

    def kill(self) -> None:
        """Ends every one of its processes at once, as kill -9 does."""
        for pid in family_of(self.server):
            os.kill(pid, signal.SIGKILL)
        self.server.process.wait()

    def start_again(self) -> LiveServer:
        """Starts another, at a port of its own, after the last was killed."""
        self._stack.close()
        self.server = self._start()
        return self.server

    def stop(self) -> None:
        """Stops it, as an operator does."""
        self._stack.close()

    def say(self, *verb: str) -> str:
        """What a verb of the command line says; it has to succeed."""
        told = run_verb(self.settings, *verb, home=self.server.home)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def _start(self) -> LiveServer:
        told = STILL | {"BEZANT_LOG_LEVEL": "warning"}
        return self._stack.enter_context(
            start_server(self.settings, workers=WORKERS, variables=told)
        )


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """A server while the block runs."""
    started = Running(settings)
    try:
        yield started
    finally:
        started.stop()


@dataclass
class Floor:
    """A partner on a running server, and the database that it stands on."""

    running: Running
    db: Database
    partner: PartnerClient

    async def new_customer(self) -> str:
        """A customer of their own, who is a person of their own."""
        return await self.partner.new_customer(identity_number=FOREIGNER)

    async def fix(self, customer: str) -> str:
        """A fix for a customer."""
        reply = await self.partner.post(FIX, type="digital", customer_external_id=customer)
        assert reply.status == 200, reply.body
        return str(reply.data["token"])

    async def buy(self, body: dict[str, object]) -> Reply:
        """Buys."""
        return await self.partner.post(BUY, **body)

    async def sell(self, body: dict[str, object]) -> Reply:
        """Sells."""
        return await self.partner.post(SELL, **body)

    async def has(self, external_id: str) -> dict[str, int]:
        """What a customer has, in smallest units."""
        return {each: units for each, (units, _) in (await self.accounts(external_id)).items()}

    async def accounts(self, external_id: str) -> dict[str, tuple[int, int]]:
        """What a customer has, and what of that can be spent."""
        owner, now = customer(await self.number_of(external_id)), SystemClock().now()
        partner_id = self.partner.sign_in.partner.partner_id
        async with self.db.reading() as connection:
            found = await ledger.balances_of(connection, partner_id, owner, now=now)
        return {
            each.account.asset.sku: (each.units, each.available.units)
            for each in found
            if each.units
        }

    async def number_of(self, external_id: str) -> CustomerId:
        """A customer, as the ledger knows them."""
        partner_id = self.partner.sign_in.partner.partner_id
        async with self.db.reading() as connection:
            found = await find_customer(connection, partner_id, external_id)
        return found.customer_id

    async def orders(self) -> int:
        """How many orders there are."""
        async with self.db.reading() as connection:
            found = await connection.fetchval(
                "SELECT count(*) FROM digital_order WHERE partner_id = $1",
                self.partner.sign_in.partner.partner_id,
            )
        return int(found)


def gold(customer: str, grams: object, *, token: str) -> dict[str, object]:
    """An order of so much gold, under a name of its own."""
    return {
        "price_token": token,
        "external_id": f"o-{uuid4().hex}",
        "customer": {"external_id": customer},
        "items": [{"sku": "GAU", "amount": grams}],
    }


def paid(body: dict[str, object], lira: object) -> dict[str, object]:
    """The same as a purchase, which is paid with what is topped up."""
    who = body["customer"]
    assert isinstance(who, dict)
    entered = customer_body(external_id=who["external_id"], identity_number=FOREIGNER)
    return body | {"customer": entered, "topup": {"price": lira}}


async def open_floor(running: Running, db: Database) -> tuple[Floor, httpx.AsyncClient]:
    """A new partner on a server, and the client that it calls with; the market is set."""
    now = SystemClock().now()
    async with db.reading() as connection:
        await set_market(connection, at=now)
    sign_in: SignIn = await make_sign_in(db, now=now)
    await open_trading(db, sign_in.partner.partner_id)
    transport = QuickTransport(connections=MOST_CONNECTIONS, timeout_s=ANSWERED_WITHIN_S)
    http = httpx.AsyncClient(base_url=running.server.base_url, transport=transport)
    return Floor(running, db, PartnerClient(http, sign_in)), http


def since(started: float) -> str:
    """How long something took, for a line on the terminal."""
    return f"{time.monotonic() - started:.0f} s"
