"""Which partners want to hear of abandoned baskets, and how far we have looked."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import BasketId, PartnerId
from bezant.webhooks.model import Abandonment

if TYPE_CHECKING:
    from asyncpg import Record

# A partner who changes its mind about the delay is not told again of what it was told.
UPSERT_ABANDONMENT: Final = """
    INSERT INTO webhook_abandonment AS a (partner_id, after_s, resume_url, done_until)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (partner_id) DO UPDATE
       SET after_s = excluded.after_s, resume_url = excluded.resume_url
"""

DELETE_ABANDONMENT: Final = """
    DELETE FROM webhook_abandonment WHERE partner_id = $1
"""

SELECT_ABANDONMENTS: Final = """
    SELECT * FROM webhook_abandonment ORDER BY partner_id
"""

# Who finds it locked leaves it to the one that is at it.
LOCK_ABANDONMENT: Final = """
    SELECT * FROM webhook_abandonment WHERE partner_id = $1 FOR UPDATE SKIP LOCKED
"""

MOVE_ABANDONMENT: Final = """
    UPDATE webhook_abandonment SET done_until = $2, done_basket_id = $3 WHERE partner_id = $1
"""


async def upsert_abandonment(tx: Tx, wanted: Abandonment) -> None:
    """Tells a partner of baskets abandoned from now on."""
    await tx.execute(
        UPSERT_ABANDONMENT,
        wanted.partner_id,
        int(wanted.after.total_seconds()),
        wanted.resume_url,
        wanted.done_until,
    )


async def delete_abandonment(tx: Tx, partner_id: PartnerId) -> None:
    """Tells a partner no more of abandoned baskets."""
    await tx.execute(DELETE_ABANDONMENT, partner_id)


async def select_abandonments(connection: Connection) -> list[Abandonment]:
    """Every partner that is told of abandoned baskets."""
    return [_abandonment(row) for row in await connection.fetch(SELECT_ABANDONMENTS)]


async def lock_abandonment(tx: Tx, partner_id: PartnerId) -> Abandonment | None:
    """The partner's, locked until this transaction ends; None if it is off, or taken."""
    row = await tx.fetchrow(LOCK_ABANDONMENT, partner_id)
    return _abandonment(row) if row else None


async def move_abandonment(
    tx: Tx, partner_id: PartnerId, *, until: datetime, basket_id: BasketId
) -> None:
    """Remembers how far we have looked."""
    await tx.execute(MOVE_ABANDONMENT, partner_id, until, basket_id)


def _abandonment(row: "Record") -> Abandonment:
    return Abandonment(
        partner_id=PartnerId(row["partner_id"]),
        after=timedelta(seconds=row["after_s"]),
        resume_url=row["resume_url"],
        done_until=row["done_until"],
        done_basket_id=BasketId(row["done_basket_id"]),
    )
