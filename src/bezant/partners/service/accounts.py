"""Partners and their credentials: made, listed, rotated, ended."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize

from bezant.kernel.db import Connection, Tx
from bezant.kernel.errors import Invalid
from bezant.kernel.ids import random_token
from bezant.kernel.money import Currency
from bezant.kernel.sealing import Sealer
from bezant.partners.model import (
    Credential,
    HashName,
    IssuedCredential,
    NewCredential,
    NoSuchCredential,
    NoSuchPartner,
    Partner,
)
from bezant.partners.store import accounts as store

SECRET_LENGTH: Final = 40
NAME_LENGTH: Final = 110
CREDENTIAL_NAME_LENGTH: Final = 64
MAX_NETWORKS: Final = 100
_DECOY: Final = "decoy"
_DECOY_BYTES: Final = 32
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_USERNAME_SUFFIX_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Safe:
    """What HA1 values are made and sealed with: the deployment's realm and its sealer.

    `decoy` is a sealed value that stands in for those of a user who does not exist.
    """

    realm: str
    sealer: Sealer
    decoy: bytes

    @classmethod
    def under(cls, sealer: Sealer, *, realm: str) -> "Safe":
        """The safe of a deployment."""
        return cls(realm, sealer, sealer.seal(bytes(_DECOY_BYTES), context=_DECOY))


async def create_partner(
    tx: Tx, *, code: str, name: str, currency: Currency, now: datetime
) -> Partner:
    """Makes a partner. Raises `PartnerCodeTaken`, and `Invalid` for a code or name out of form."""
    if not _CODE.fullmatch(code):
        raise Invalid.field("code", "field.pattern")
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Invalid.field("name", "field.length", min=1, max=NAME_LENGTH)
    return await store.insert_partner(tx, code=code, name=name, currency=currency, now=now)


async def list_partners(connection: Connection) -> list[Partner]:
    """Every partner, by code."""
    return await store.select_partners(connection, None)


async def find_partner(connection: Connection, code: str) -> Partner:
    """The partner with this code. Raises `NoSuchPartner`."""
    found = await store.select_partners(connection, code)
    if not found:
        raise NoSuchPartner(code=code)
    return found[0]


async def disable_partner(tx: Tx, code: str, *, now: datetime) -> None:
    """From the next request on, none of its credentials is let in. Raises `NoSuchPartner`."""
    if not await store.update_partner_disabled(tx, code=code, at=now):
        raise NoSuchPartner(code=code)


async def enable_partner(tx: Tx, code: str) -> None:
    """Undoes `disable_partner`. Raises `NoSuchPartner`."""
    if not await store.update_partner_disabled(tx, code=code, at=None):
        raise NoSuchPartner(code=code)


async def create_credential(
    tx: Tx, new: NewCredential, *, partner: Partner, safe: Safe, now: datetime
) -> IssuedCredential:
    """Makes a credential with a user name and secret of our choice; the secret is not kept.

    Raises `Invalid` for a name out of form and for too many networks.
    """
    if not 1 <= len(new.name) <= CREDENTIAL_NAME_LENGTH:
        raise Invalid.field("name", "field.length", min=1, max=CREDENTIAL_NAME_LENGTH)
    if len(new.allowed_networks) > MAX_NETWORKS:
        raise Invalid.field("network", "field.list_length", max=MAX_NETWORKS)
    username = f"{partner.code}-{random_token(_USERNAME_SUFFIX_LENGTH).lower()}"
    secret = random_token(SECRET_LENGTH)
    sealed = {
        name: safe.sealer.seal(
            ha1(name, username=username, realm=safe.realm, secret=secret),
            context=_seal_context(username),
        )
        for name in HashName
    }
    await store.insert_credential(
        tx, new, sign_in=store.SealedSignIn(partner, username, sealed), now=now
    )
    credential = (await store.select_credentials(tx, username=username))[0]
    return IssuedCredential(credential, secret)


async def rotate_credential(
    tx: Tx, username: str, *, overlap: timedelta, safe: Safe, now: datetime
) -> IssuedCredential:
    """A new credential with the old one's rights; the old one ends after `overlap`.

    Raises `NoSuchCredential`.
    """
    found = await store.select_credentials(tx, username=username)
    if not found:
        raise NoSuchCredential(username=username)
    old = found[0]
    successor = NewCredential(
        name=old.name,
        scopes=old.scopes,
        allowance=old.allowance,
        allowed_networks=old.allowed_networks,
        allows_no_qop=old.allows_no_qop,
    )
    issued = await create_credential(tx, successor, partner=old.partner, safe=safe, now=now)
    await store.update_credential_expiry(tx, username=username, at=now + overlap)
    return issued


async def revoke_credential(tx: Tx, username: str, *, now: datetime) -> None:
    """Ends a credential at once, in every process. Raises `NoSuchCredential`."""
    if not await store.update_credential_expiry(tx, username=username, at=now):
        raise NoSuchCredential(username=username)


async def list_credentials(
    connection: Connection, partner_code: str | None = None
) -> list[Credential]:
    """Credentials by partner, without their HA1 values."""
    return await store.select_credentials(connection, partner_code=partner_code)


async def find_credential(
    connection: Connection, username: str, *, safe: Safe
) -> Credential | None:
    """The credential that signs in as `username`, live or not, with its HA1 values.

    Raises `SealBroken` when the deployment's key is not the one it was made with.
    """
    context = _seal_context(username)
    found = await store.select_credential(
        connection, username, lambda sealed: safe.sealer.open(sealed, context=context)
    )
    if found is None:
        # As much work as for a user who exists, so that the time taken does not tell.
        for _ in HashName:
            safe.sealer.open(safe.decoy, context=_DECOY)
    return found


def ha1(name: HashName, *, username: str, realm: str, secret: str) -> bytes:
    """H(username ":" realm ":" secret), 16 or 32 bytes (RFC 7616 section 3.4.2).

    Names and secrets are in Unicode Normalization Form C, as the challenge's
    `charset=UTF-8` tells clients (section 4).
    """
    parts = (normalize("NFC", username), realm, normalize("NFC", secret))
    return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).digest()


def _seal_context(username: str) -> str:
    return f"credential:{username}"
