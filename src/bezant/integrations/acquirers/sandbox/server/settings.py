"""What a sandbox is told when it is made, and what it derives from its seed.

Invariant: nothing is random. Whatever looks drawn is a hash of the seed, what it is for, and
the merchant's reference, so two sandboxes of one seed say the same.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bezant.integrations.acquirers.sandbox.access import api_key_of, number_key_of, signing_key_of
from bezant.integrations.acquirers.sandbox.wire import NoticePlan
from bezant.kernel.clock import Clock, SystemClock

IN_MEMORY: Final = ":memory:"
# The bank of a card gives its holder a quarter of an hour.
CHALLENGE_LIFE_S: Final = 900
LATE_MS: Final = 30_000
_ID_BYTES: Final = 16


class SettlementFault(StrEnum):
    """What is wrong, on purpose, with the daily file."""

    NONE = "none"
    AMOUNT = "amount"
    """The first line's amount is one minor unit too high."""
    MISSING = "missing"
    """The first line is not there."""
    STRANGER = "stranger"
    """There is a line more, of a reference that nobody sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How a sandbox behaves.

    `secret` is shared with the merchant; all keys come from it. `public_url` is how a browser
    reaches the 3-D page. Without `notice_url` there are no notices; `notice` is how they are
    sent unless a plan or the page says otherwise. `silence_ms` is how long a connection is
    held before it is dropped when an answer is to be lost.
    """

    secret: str = field(repr=False)
    public_url: str
    notice_url: str = ""
    state: str = IN_MEMORY
    seed: int = 1204
    clock: Clock = field(default_factory=SystemClock)
    merchant: str = "Bezant"
    notice: NoticePlan = NoticePlan.AFTER
    late_ms: int = LATE_MS
    challenge_life_s: int = CHALLENGE_LIFE_S
    silence_ms: int = 0
    settlement_fault: SettlementFault = SettlementFault.NONE

    def drawn(self, purpose: str, name: str) -> str:
        """32 hexadecimal digits for one purpose and one name."""
        said = f"{self.seed}:{purpose}:{name}".encode()
        return hashlib.blake2b(said, digest_size=_ID_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one secret, derived once."""

    api: str = field(repr=False)
    signing: bytes = field(repr=False)
    numbers: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: SandboxSettings) -> "Keys":
        """The keys that a sandbox of these settings works with."""
        secret = settings.secret
        return cls(api_key_of(secret), signing_key_of(secret), number_key_of(secret))
