"""Used nonces, their epoch, and allowances in the database."""

from datetime import datetime
from typing import Final

from bezant.kernel.db import Connection
from bezant.partners.model import Admission, Credential, NonceUse, RequestKind, Verdict

INSERT_EPOCH: Final = """
    INSERT INTO nonce_epoch (epoch) VALUES ($1) ON CONFLICT DO NOTHING
"""

SELECT_EPOCH: Final = """
    SELECT epoch FROM nonce_epoch
"""

ADMIT: Final = """
    SELECT verdict, spent_until FROM admit($1, $2, $3, $4, $5, $6, $7, $8)
"""

DELETE_OLD_NONCES: Final = """
    WITH old AS (SELECT nonce, nc FROM nonce_use WHERE nonce < $1 ORDER BY nonce, nc LIMIT $2)
    DELETE FROM nonce_use u USING old WHERE u.nonce = old.nonce AND u.nc = old.nc
"""


async def insert_epoch(connection: Connection, epoch: bytes) -> bytes:
    """Keeps `epoch` unless there is one already; the one that is kept."""
    await connection.execute(INSERT_EPOCH, epoch)
    kept: bytes = await connection.fetchval(SELECT_EPOCH)
    return kept


async def admit(
    connection: Connection,
    credential: Credential,
    use: NonceUse,
    *,
    kind: RequestKind,
    now: datetime,
) -> Admission:
    """Asks for one request to be let in."""
    row = await connection.fetchrow(
        ADMIT,
        credential.partner.partner_id,
        credential.credential_id,
        credential.version,
        use.epoch,
        use.nonce,
        use.nc,
        kind,
        now,
    )
    assert row is not None
    return Admission(Verdict(row["verdict"]), credential.allowance.of(kind), row["spent_until"])


async def delete_old_nonces(connection: Connection, *, before: bytes, at_most: int) -> int:
    """Forgets uses of nonces that sort before `before`; how many."""
    status: str = await connection.execute(DELETE_OLD_NONCES, before, at_most)
    return int(status.removeprefix("DELETE "))
