"""Lets a request in: its digest answer, its credential, its allowance.

The credential comes from a small memory in the process, so the usual request costs no round
trip of its own: admission, which spends the nonce, checks that the remembered credential is
still the one in the books, and takes from the allowance, leads whatever is read first.

Invariants: an unknown user, a wrong secret, an expired credential and a disabled partner
do the same work and get the same answer; nothing is stored for a request before its answer
was verified; a (nonce, nc) pair is admitted once, in whichever process.
"""

import os
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection, Database
from bezant.kernel.steps import Step
from bezant.partners.model import (
    Admission,
    Credential,
    HashName,
    Network,
    NonceUse,
    RequestKind,
    Scope,
    Verdict,
    is_within,
)
from bezant.partners.service import accounts, admission
from bezant.partners.service.accounts import Safe
from bezant.web.digest.algorithms import Algorithm
from bezant.web.digest.answer import DigestAnswer, MalformedAnswer, parse_answer
from bezant.web.digest.challenge import challenges, opaque_for
from bezant.web.digest.nonces import FreshNonce, NonceFault, NonceMint
from bezant.web.digest.response import answer_matches
from bezant.web.digest.target import target_matches
from bezant.web.refusals import (
    AddressNotAllowed,
    NonceStale,
    NotSignedIn,
    ScopeMissing,
    TooManyRequests,
)

MAX_USES_OF_A_NONCE: Final = 100_000
"""After so many uses a client is told to take a new nonce."""
MAX_REMEMBERED: Final = 1_000
"""How many credentials a process keeps in memory."""
_MAX_FORWARDED: Final = 20
_HASH_NAMES: Final = {Algorithm.MD5: HashName.MD5, Algorithm.SHA256: HashName.SHA256}


@dataclass(frozen=True, slots=True)
class Knock:
    """What of a request tells who sends it, and when.

    `peer` is the address of the connection.
    """

    method: str
    raw_path: bytes
    query: bytes
    authorization: str
    forwarded_for: str
    peer: str
    at: datetime


class CredentialChanged(Exception):  # the door starts anew, so that nobody is told of it
    """The credential is no longer as this process remembers it, and is forgotten now."""


@dataclass(slots=True)
class Visitor:
    """Who is at the door, by a verified credential; `admission` is to be carried out first.

    It raises `TooManyRequests`, `NonceStale` and `CredentialChanged`; once it has let the
    visitor in, `admitted` tells what is left of the allowance.
    """

    credential: Credential
    admission: Step[None]
    admitted: Admission | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who a request says that it is from, still to be proven."""

    answer: DigestAnswer
    method: str
    kind: RequestKind
    now: datetime


@dataclass(frozen=True, slots=True)
class DoorRules:
    """What the deployment says about signing in."""

    safe: Safe
    nonce_key: bytes
    nonce_life_s: int
    path_prefix: str
    trusted_proxies: tuple[Network, ...]


class Authentication:
    """Signing in, for one process."""

    def __init__(self, db: Database, rules: DoorRules) -> None:
        self._db = db
        self._rules = rules
        realm = rules.safe.realm
        self._mint = NonceMint(rules.nonce_key, realm=realm, life_s=rules.nonce_life_s)
        self._opaque = opaque_for(realm)
        self._epoch: bytes | None = None
        self._remembered: OrderedDict[str, Credential] = OrderedDict()
        # An unknown user is checked against hashes that fit nobody.
        self._nobody = {HashName.MD5: os.urandom(16), HashName.SHA256: os.urandom(32)}

    async def challenge(self, *, stale: bool, now: datetime) -> tuple[str, str]:
        """The values of the two `WWW-Authenticate` lines. Stores nothing."""
        epoch = self._epoch
        if epoch is None:
            async with self._db.reading() as connection:
                epoch = await self._current_epoch(connection)
        nonce = self._mint.issue(now=now, epoch=epoch)
        return challenges(self._rules.safe.realm, nonce=nonce, opaque=self._opaque, stale=stale)

    async def recognize(
        self, connection: Connection, knock: Knock, *, kind: RequestKind, scope: Scope
    ) -> Visitor:
        """Who sends a request. The nonce is spent whatever the request does later.

        Raises `NotSignedIn`, `NonceStale`, `AddressNotAllowed`, `ScopeMissing`.
        """
        claim = _Claim(self._read_answer(knock), knock.method, kind, knock.at)
        credential = await self._verify(connection, claim)
        nonce = await self._fresh_nonce(connection, claim)
        self._require_rights(credential, knock, scope)
        return self._visitor(claim, credential=credential, nonce=nonce)

    def doubt_epoch(self) -> None:
        """The database was away and may have crashed, which ends the epoch: look again."""
        self._epoch = None

    def _read_answer(self, knock: Knock) -> DigestAnswer:
        try:
            answer = parse_answer(knock.authorization)
        except MalformedAnswer:
            raise NotSignedIn from None
        if not target_matches(
            answer.uri,
            raw_path=knock.raw_path,
            query=knock.query,
            path_prefix=self._rules.path_prefix,
        ):
            raise NotSignedIn
        return answer

    async def _verify(self, connection: Connection, claim: "_Claim") -> Credential:
        """The live credential that made the answer. Raises `NotSignedIn`."""
        username = claim.answer.username
        remembered = self._remembered.get(username)
        if self._fits(remembered, claim) and remembered is not None:
            return remembered
        # A wrong secret reads the books like an unknown user does, so that the time taken
        # tells nothing; and a secret that was just changed gets its second look.
        found = await accounts.find_credential(connection, username, safe=self._rules.safe)
        if self._fits(found, claim) and found is not None:
            self._remember(found)
            return found
        raise NotSignedIn

    def _fits(self, credential: Credential | None, claim: "_Claim") -> bool:
        """Whether this live credential made the answer; without one, the same work for no."""
        ha1 = self._nobody if credential is None else credential.ha1
        matches = answer_matches(
            claim.answer,
            ha1=ha1[_HASH_NAMES[claim.answer.algorithm.plain]],
            realm=self._rules.safe.realm,
            method=claim.method,
        )
        if credential is None or not matches or not credential.is_live(claim.now):
            return False
        return credential.allows_no_qop or not claim.answer.is_rfc2069

    async def _fresh_nonce(self, connection: Connection, claim: "_Claim") -> FreshNonce:
        epoch = self._epoch or await self._current_epoch(connection)
        nonce = self._mint.read(claim.answer.nonce, now=claim.now, epoch=epoch)
        if nonce is NonceFault.FOREIGN:
            # Another process may have begun a new epoch, after a crash of the database.
            epoch = await self._current_epoch(connection)
            nonce = self._mint.read(claim.answer.nonce, now=claim.now, epoch=epoch)
        if isinstance(nonce, NonceFault) or claim.answer.count > MAX_USES_OF_A_NONCE:
            raise NonceStale
        return nonce

    def _require_rights(self, credential: Credential, knock: Knock, scope: Scope) -> None:
        address = self.client_address(knock.peer, knock.forwarded_for)
        if not credential.allows_address(address):
            raise AddressNotAllowed(address=address)
        if scope not in credential.scopes:
            raise ScopeMissing(scope=scope)

    def _visitor(self, claim: "_Claim", *, credential: Credential, nonce: FreshNonce) -> Visitor:
        epoch = self._epoch
        assert epoch is not None, "a nonce was read under an epoch"
        use = NonceUse(nonce.key, claim.answer.count, epoch)

        def judge(said: Admission) -> None:
            match said.verdict:
                case Verdict.ADMITTED:
                    visitor.admitted = said
                case Verdict.LIMITED:
                    raise TooManyRequests(seconds=said.retry_in_s(claim.now), limit=said.limit)
                case Verdict.STALE:
                    # Used before, or its epoch is over: the next challenge looks which it is.
                    self._epoch = None
                    raise NonceStale
                case Verdict.CHANGED:
                    self._remembered.pop(credential.username, None)
                    raise CredentialChanged

        step = admission.admit(credential, use, judge, kind=claim.kind, now=claim.now)
        visitor = Visitor(credential, step)
        return visitor

    async def _current_epoch(self, connection: Connection) -> bytes:
        self._epoch = await admission.current_epoch(connection)
        return self._epoch

    def _remember(self, credential: Credential) -> None:
        self._remembered[credential.username] = credential
        self._remembered.move_to_end(credential.username)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def client_address(self, peer: str, forwarded_for: str) -> str:
        """Where a request comes from: the nearest address that is no proxy we trust.

        `X-Forwarded-For` is read from its end, and only as far as each hop is trusted, so
        that a client cannot claim an address.
        """
        hops = [hop.strip() for hop in forwarded_for.split(",")[-_MAX_FORWARDED:] if hop.strip()]
        address = peer
        while hops and is_within(address, self._rules.trusted_proxies):
            address = hops.pop()
        return address
