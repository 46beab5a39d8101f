"""Partners and credentials in the database."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import CredentialId, PartnerId
from bezant.kernel.money import Currency
from bezant.partners.model import (
    Allowance,
    Credential,
    HashName,
    NewCredential,
    Partner,
    PartnerCodeTaken,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from asyncpg import Record

INSERT_PARTNER: Final = """
    INSERT INTO partner (code, name, currency, created_at) VALUES ($1, $2, $3, $4)
    RETURNING partner_id
"""

SELECT_PARTNERS: Final = """
    SELECT partner_id, code, name, currency, created_at, disabled_at
      FROM partner WHERE $1::text IS NULL OR code = $1 ORDER BY code
"""

UPDATE_PARTNER_DISABLED: Final = """
    UPDATE partner SET disabled_at = $2 WHERE code = $1
"""

INSERT_CREDENTIAL: Final = """
    INSERT INTO credential
        (partner_id, username, name, ha1_md5, ha1_sha256, scopes, allowed_networks,
         reads_per_minute, writes_per_minute, allows_no_qop, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    RETURNING credential_id
"""

SELECT_CREDENTIALS: Final = """
    SELECT c.credential_id, c.username, c.name AS credential_name, c.ha1_md5, c.ha1_sha256,
           c.scopes, c.allowed_networks, c.reads_per_minute, c.writes_per_minute,
           c.allows_no_qop, c.version, c.created_at AS credential_created_at, c.expires_at,
           c.last_used_at, p.partner_id, p.code, p.name, p.currency, p.created_at, p.disabled_at
      FROM credential c JOIN partner p USING (partner_id)
     WHERE ($1::text IS NULL OR c.username = $1) AND ($2::text IS NULL OR p.code = $2)
     ORDER BY p.code, c.credential_id
"""

SELECT_CREDENTIAL: Final = """
    SELECT c.credential_id, c.username, c.name AS credential_name, c.ha1_md5, c.ha1_sha256,
           c.scopes, c.allowed_networks, c.reads_per_minute, c.writes_per_minute,
           c.allows_no_qop, c.version, c.created_at AS credential_created_at, c.expires_at,
           c.last_used_at, p.partner_id, p.code, p.name, p.currency, p.created_at, p.disabled_at
      FROM credential c JOIN partner p USING (partner_id)
     WHERE c.username = $1
"""

UPDATE_CREDENTIAL_EXPIRY: Final = """
    UPDATE credential SET expires_at = least(expires_at, $2), version = version + 1
     WHERE username = $1
"""


@dataclass(frozen=True, slots=True)
class SealedSignIn:
    """Who signs in with a new credential, and its sealed HA1 values."""

    partner: Partner
    username: str
    ha1: "Mapping[HashName, bytes]"


async def insert_partner(
    tx: Tx, *, code: str, name: str, currency: Currency, now: "datetime"
) -> Partner:
    """Raises `PartnerCodeTaken`."""
    try:
        partner_id = await tx.fetchval(INSERT_PARTNER, code, name, currency, now)
    except asyncpg.UniqueViolationError:
        raise PartnerCodeTaken(code=code) from None
    return Partner(PartnerId(partner_id), code, name, currency, now, None)


async def select_partners(connection: Connection, code: str | None) -> list[Partner]:
    """All partners, or the one with `code`."""
    return [_partner(row) for row in await connection.fetch(SELECT_PARTNERS, code)]


async def update_partner_disabled(tx: Tx, *, code: str, at: "datetime | None") -> bool:
    """Whether there was such a partner."""
    return str(await tx.execute(UPDATE_PARTNER_DISABLED, code, at)) == "UPDATE 1"


async def insert_credential(
    tx: Tx, new: NewCredential, *, sign_in: SealedSignIn, now: "datetime"
) -> CredentialId:
    """Stores a credential with its sealed HA1 values."""
    credential_id: int = await tx.fetchval(
        INSERT_CREDENTIAL,
        sign_in.partner.partner_id,
        sign_in.username,
        new.name,
        sign_in.ha1[HashName.MD5],
        sign_in.ha1[HashName.SHA256],
        sorted(new.scopes),
        list(new.allowed_networks),
        new.allowance.reads_per_minute,
        new.allowance.writes_per_minute,
        new.allows_no_qop,
        now,
        new.expires_at,
    )
    return CredentialId(credential_id)


async def select_credentials(
    connection: Connection, *, username: str | None = None, partner_code: str | None = None
) -> list[Credential]:
    """Credentials without their HA1 values."""
    rows = await connection.fetch(SELECT_CREDENTIALS, username, partner_code)
    return [_credential(row, {}) for row in rows]


async def select_credential(
    connection: Connection, username: str, unseal: "Callable[[bytes], bytes]"
) -> Credential | None:
    """The credential with its HA1 values opened by `unseal`."""
    row = await connection.fetchrow(SELECT_CREDENTIAL, username)
    if row is None:
        return None
    opened = {
        HashName.MD5: unseal(row["ha1_md5"]),
        HashName.SHA256: unseal(row["ha1_sha256"]),
    }
    return _credential(row, opened)


async def update_credential_expiry(tx: Tx, *, username: str, at: "datetime") -> bool:
    """Lets a credential end at `at` unless it ends sooner; whether there was one."""
    return str(await tx.execute(UPDATE_CREDENTIAL_EXPIRY, username, at)) == "UPDATE 1"


def _partner(row: "Record") -> Partner:
    return Partner(
        partner_id=PartnerId(row["partner_id"]),
        code=row["code"],
        name=row["name"],
        currency=Currency(row["currency"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )


def _credential(row: "Record", ha1: "Mapping[HashName, bytes]") -> Credential:
    return Credential(
        credential_id=CredentialId(row["credential_id"]),
        partner=_partner(row),
        username=row["username"],
        name=row["credential_name"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        allowed_networks=tuple(row["allowed_networks"]),
        allowance=Allowance(row["reads_per_minute"], row["writes_per_minute"]),
        allows_no_qop=row["allows_no_qop"],
        version=row["version"],
        created_at=row["credential_created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        ha1=ha1,
    )
