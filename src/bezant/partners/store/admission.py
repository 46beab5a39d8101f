"""Used nonces, their epoch, and allowances in the database."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from bezant.kernel.db import Connection
from bezant.kernel.steps import Step
from bezant.partners.model import Admission, Credential, NonceUse, RequestKind, Verdict

INSERT_EPOCH: Final = """
    INSERT INTO nonce_epoch (epoch) VALUES ($1) ON CONFLICT DO NOTHING
"""

SELECT_EPOCH: Final = """
    SELECT epoch FROM nonce_epoch
"""

ADMIT: Final = """
    SELECT admit($1, $2, $3, $4, $5, $6, $7, $8)
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


def admit(
    credential: Credential,
    use: NonceUse,
    read: Callable[[Admission], None],
    *,
    kind: RequestKind,
    now: datetime,
) -> Step[None]:
    """Asks for one request to be let in; `read` is given the answer, and may refuse."""
    args = (
        credential.partner.partner_id,
        credential.credential_id,
        credential.version,
        use.epoch,
        use.nonce,
        use.nc,
        kind,
        now,
    )
    limit = credential.allowance.of(kind)

    def tell(value: str | None) -> None:
        verdict, whole_at = _SAID.decode(value or "")
        read(Admission(verdict, limit, whole_at))

    return Step(ADMIT, args, tell)


_SAID: Final = msgspec.json.Decoder(tuple[Verdict, datetime | None])


async def delete_old_nonces(connection: Connection, *, before: bytes, at_most: int) -> int:
    """Forgets uses of nonces that sort before `before`; how many."""
    status: str = await connection.execute(DELETE_OLD_NONCES, before, at_most)
    return int(status.removeprefix("DELETE "))
