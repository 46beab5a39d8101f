"""Partners, their credentials, and the verdicts of admission."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import CredentialId, PartnerId
from bezant.kernel.money import Currency

Network = IPv4Network | IPv6Network

ALLOWANCE_WINDOW: Final = timedelta(minutes=1)
REPLY_LIFE: Final = timedelta(hours=24)


class Scope(StrEnum):
    """What a credential may be used for."""

    CATALOG = "catalog"
    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    BASKETS_READ = "baskets.read"
    BASKETS_WRITE = "baskets.write"
    ORDERS_READ = "orders.read"
    ORDERS_WRITE = "orders.write"
    CARDS_READ = "cards.read"
    CARDS_WRITE = "cards.write"
    BALANCES_READ = "balances.read"
    BALANCES_WRITE = "balances.write"


class RequestKind(StrEnum):
    """Reads and writes have allowances of their own."""

    READ = "read"
    WRITE = "write"


class HashName(StrEnum):
    """The two Digest algorithms that an HA1 is kept for."""

    MD5 = "md5"
    SHA256 = "sha256"


class Verdict(StrEnum):
    """What admission says of a request whose digest was right."""

    ADMITTED = "admitted"
    CHANGED = "changed"
    STALE = "stale"
    LIMITED = "limited"


class PartnerCodeTaken(BezantError):
    """Another partner already has this code."""

    kind = Kind.CONFLICT
    text = "partner.code_taken"


class NoSuchPartner(BezantError):
    """No partner has this code."""

    kind = Kind.NOT_FOUND
    text = "partner.not_found"


class NoSuchCredential(BezantError):
    """No credential has this user name."""

    kind = Kind.NOT_FOUND
    text = "credential.not_found"


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody who sells through us. `currency` is what its baskets are priced in."""

    partner_id: PartnerId
    code: str
    name: str
    currency: Currency
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests a minute, reads and writes apart."""

    reads_per_minute: int
    writes_per_minute: int

    def of(self, kind: RequestKind) -> int:
        """The limit for one kind of request."""
        return self.reads_per_minute if kind is RequestKind.READ else self.writes_per_minute


def interval_of(limit: int) -> timedelta:
    """What one request takes from an allowance of `limit` a minute, in whole microseconds."""
    return ALLOWANCE_WINDOW // limit


@dataclass(frozen=True, slots=True)
class Credential:
    """One way in for a partner.

    `ha1` holds the opened HA1 by algorithm and is empty where a credential is
    only listed. An empty `allowed_networks` allows every address.
    """

    credential_id: CredentialId
    partner: Partner
    username: str
    name: str
    scopes: frozenset[Scope]
    allowed_networks: tuple[Network, ...]
    allowance: Allowance
    allows_no_qop: bool
    version: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    ha1: Mapping[HashName, bytes]

    def is_live(self, now: datetime) -> bool:
        """Whether anybody may sign in with it: its partner enabled, itself not expired."""
        if self.partner.disabled_at is not None:
            return False
        return self.expires_at is None or now < self.expires_at

    def allows_address(self, address: str) -> bool:
        """Whether a request from this IP address may use it."""
        return not self.allowed_networks or is_within(address, self.allowed_networks)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of the networks; what is no address is in none.

    A socket that serves both families shows an IPv4 address as `::ffff:192.0.2.7`.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    plain = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any((plain or found) in network for network in networks)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What an operator decides about a credential before it exists."""

    name: str
    scopes: frozenset[Scope]
    allowance: Allowance
    allowed_networks: tuple[Network, ...] = ()
    allows_no_qop: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A credential just made, with the secret that is shown this once."""

    credential: Credential
    secret: str


@dataclass(frozen=True, slots=True)
class NonceUse:
    """One use of a nonce: its stored key, its count, and the epoch it was verified under."""

    nonce: bytes
    nc: int
    epoch: bytes


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict on one request, and what is left of the credential's allowance.

    `whole_at` is when the allowance will be whole again; None unless the verdict is
    `ADMITTED` or `LIMITED`.
    """

    verdict: Verdict
    limit: int
    whole_at: datetime | None

    def remaining(self, now: datetime) -> int:
        """How many more requests may come at this moment."""
        if self.whole_at is None or self.verdict is not Verdict.ADMITTED:
            return 0
        interval = interval_of(self.limit)
        return max(0, (self.limit * interval - (self.whole_at - now)) // interval)

    def whole_in_s(self, now: datetime) -> int:
        """Seconds, rounded up, until the allowance is whole again."""
        if self.whole_at is None:
            return 0
        return max(0, -int((now - self.whole_at).total_seconds() // 1))

    def retry_in_s(self, now: datetime) -> int:
        """Seconds, rounded up and at least one, until one more request fits."""
        if self.whole_at is None:
            return 1
        free_at = self.whole_at - (self.limit - 1) * interval_of(self.limit)
        return max(1, -int((now - free_at).total_seconds() // 1))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer kept for the repetition of a request: its status and exact body."""

    request_mac: bytes
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class ReplyKey:
    """Which request a kept answer belongs to: the caller's `Idempotency-Key`."""

    partner_id: PartnerId
    credential_id: CredentialId
    key: str
