"""One call of the API: who calls, by which rules, and how its answer is made.

Invariants: a write is committed before its answer exists outside the transaction, and the
answer is rendered inside it, so that what cannot be said is not done.
"""

import hmac
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, TypeVar

from bezant.baskets.model import BasketTerms
from bezant.kernel.clock import Clock
from bezant.kernel.db import Connection, Database, Tx, change_on, write_on
from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import PartnerId
from bezant.kernel.texts import Language
from bezant.legal.model import Operator
from bezant.partners.model import Credential, Reply, ReplyKey
from bezant.partners.service import replies
from bezant.payments.kept import CardDesk
from bezant.payments.till import Till
from bezant.pricing.model import PricingTerms
from bezant.web import envelope
from bezant.web.authentication import Authentication
from bezant.web.headers import ApiVersion

JSON: Final = "application/json"
"""The media type of every answer that is an envelope."""

Result = TypeVar("Result")
ReadWork = Callable[[Connection], Awaitable[object]]
WriteWork = Callable[[Tx], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class ShopRules:
    """What the deployment decides about the API, apart from signing in."""

    base_url: str
    time_zone: tzinfo
    hold_life: timedelta
    price_age_limit: timedelta
    checks_identity_numbers: bool
    operator: Operator


@dataclass(frozen=True, slots=True)
class House:
    """What the doors need of the rest of the house; made by the wiring.

    `cards` keeps cards; it is None where no cards are taken.
    `fingerprint_key` is what hashes of requests are keyed with: a request may hold a card's
    number, and a hash without a key would give it away to whoever tries them all.
    """

    db: Database
    clock: Clock
    authentication: Authentication
    rules: ShopRules
    till: Till
    cards: CardDesk | None
    fingerprint_key: bytes

    def fingerprint(self, *parts: bytes) -> bytes:
        """What tells a request from another: 32 bytes that say nothing of what is in it."""
        return hmac.digest(self.fingerprint_key, b"\n".join(parts), "sha256")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, a body, and headers beside the usual ones.

    It is an envelope, unless it has a media type of its own.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = JSON


@dataclass(frozen=True, slots=True)
class Repetition:
    """What makes two requests the same one: the caller's key, and a hash of the request."""

    key: str
    request_mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and how. `now` is the request's moment throughout."""

    rules: ShopRules
    credential: Credential
    language: Language
    channel: str
    version: ApiVersion
    now: datetime

    @property
    def partner_id(self) -> PartnerId:
        """Whose everything is."""
        return self.credential.partner.partner_id

    def basket_terms(self) -> BasketTerms:
        """The rules that this partner's baskets are priced by."""
        return BasketTerms(self.pricing_terms(), self.rules.hold_life, self.language)

    def pricing_terms(self) -> PricingTerms:
        """The rules that prices are made by for this partner."""
        rules = self.rules
        currency = self.credential.partner.currency
        return PricingTerms(self.partner_id, currency, rules.price_age_limit, rules.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongCall(Caller):
    """A request that waits for somebody outside, and for nobody while it holds a connection."""

    house: House
    connection: Connection
    held: AsyncExitStack
    """What holds the connection."""

    async def change_first(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """What `work` did, as `change_on`; from then on the connection is given back."""
        result = await change_on(self.connection, work)
        await self.held.aclose()
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Caller):
    """One request that was let in, with its connection."""

    connection: Connection
    takes_cards: bool
    repetition: Repetition | None

    async def read(self, work: ReadWork) -> Answer:
        """The answer with what `work` reads, each statement a transaction of its own."""
        return answer_with(await work(self.connection))

    async def write(self, work: WriteWork) -> Answer:
        """The answer with what `work` did.

        With an `Idempotency-Key`, a repetition gets the first answer, refusals included;
        what another try may mend (a database away, a stale price) is not kept. `work` may
        run more than once: see `write_on`.
        """
        repetition = self.repetition
        if repetition is None:
            return await write_on(self.connection, lambda tx: _rendered(tx, work))
        return await write_on(self.connection, lambda tx: self._once(tx, repetition, work))

    async def change(self, work: ReadWork) -> Answer:
        """The answer with what `work` did by one statement at most: see `change_on`.

        With an `Idempotency-Key`, as `write`.
        """
        if self.repetition is not None:
            return await self.write(work)
        return await change_on(self.connection, lambda connection: _rendered(connection, work))

    async def _once(self, tx: Tx, repetition: Repetition, work: WriteWork) -> Answer:
        key = ReplyKey(self.partner_id, self.credential.credential_id, repetition.key)
        fingerprint = repetition.request_mac
        kept = await replies.claim(tx, key, request_mac=fingerprint, now=self.now)
        if kept is not None:
            return Answer(kept.status, kept.body, (("Idempotency-Replayed", "true"),))
        try:
            # A savepoint: what was refused leaves nothing but the kept refusal.
            async with tx.transaction():
                answer = await _rendered(tx, work)
        except BezantError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            answer = Answer(*envelope.failure(error, self.language))
        await replies.keep(tx, key, Reply(fingerprint, answer.status, answer.body), now=self.now)
        return answer


def answer_with(data: object) -> Answer:
    """The answer to a request that was carried out."""
    return Answer(200, envelope.success(data))


async def _rendered(tx: Tx, work: WriteWork) -> Answer:
    return answer_with(await work(tx))
