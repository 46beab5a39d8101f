"""The vault: acquirers' tokens of kept cards, sealed under keys that can be changed.

Invariants: sealing uses the present key, opening whichever of the keys it was; what is
sealed opens only for its own partner and its own name, so that one put into another row
does not open.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NewType

from bezant.kernel.errors import BezantError, Kind
from bezant.kernel.ids import PartnerId
from bezant.kernel.sealing import SealBroken, Sealer, derive_key
from bezant.payments.card import Secret

KeyId = NewType("KeyId", str)
"""Which key something is sealed with: eight hexadecimal digits that tell nothing of it."""

PURPOSE: Final = "vault"
_KEY_ID_DIGITS: Final = 8


class CardSealLost(BezantError):
    """A kept card does not open: its key is not among the vault's any more."""

    kind = Kind.CONFLICT
    text = "card.seal_lost"


@dataclass(frozen=True, slots=True)
class SealedToken:
    """An acquirer's token of a card, sealed for a partner and under a name of ours."""

    partner_id: PartnerId
    label: str
    sealed: bytes
    key_id: KeyId


class CardVault:
    """Seals and opens acquirers' tokens."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """`secrets` begins with the present one; the others only open."""
        if not secrets:
            raise ValueError("a vault has a key")
        keys = [derive_key(secret, PURPOSE) for secret in secrets]
        self._sealers = {_key_id(key): Sealer(key) for key in keys}
        self.key_id = _key_id(keys[0])
        self.key_ids = frozenset(self._sealers)

    def seal(self, token: Secret, *, partner_id: PartnerId, label: str) -> SealedToken:
        """A token sealed with the present key."""
        sealed = self._sealers[self.key_id].seal(
            token.reveal().encode(), context=_context(partner_id, label)
        )
        return SealedToken(partner_id, label, sealed, self.key_id)

    def open(self, sealed: SealedToken) -> Secret:
        """The token. Raises `CardSealLost`."""
        sealer = self._sealers.get(sealed.key_id)
        if sealer is None:
            raise CardSealLost
        try:
            opened = sealer.open(sealed.sealed, context=_context(sealed.partner_id, sealed.label))
        except SealBroken:
            raise CardSealLost from None
        return Secret(opened.decode())

    def holds(self, sealed: SealedToken, token: Secret) -> bool:
        """Whether it is this token that is sealed; what does not open is no token we know."""
        try:
            return self.open(sealed) == token
        except CardSealLost:
            return False

    def sealed_anew(self, sealed: SealedToken) -> SealedToken:
        """The same token under the present key. Raises `CardSealLost`."""
        return self.seal(self.open(sealed), partner_id=sealed.partner_id, label=sealed.label)


def _context(partner_id: PartnerId, label: str) -> str:
    return f"card {partner_id} {label}"


def _key_id(key: bytes) -> KeyId:
    return KeyId(hashlib.sha256(key).hexdigest()[:_KEY_ID_DIGITS])
