"""Who paid, in the rows of charges."""

from collections.abc import Sequence
from typing import Final

from bezant.kernel.db import Tx
from bezant.kernel.ids import AttemptId, PartnerId

# What is under way is still to be charged to somebody.
ERASE_PAYER: Final = """
    UPDATE payment_attempt SET card_holder = '', customer_ip = ''
     WHERE partner_id = $1 AND attempt_id = ANY ($2::bigint[])
       AND state NOT IN ('open', 'challenged')
"""


async def erase_payer(tx: Tx, partner_id: PartnerId, attempts: Sequence[AttemptId]) -> None:
    """Forgets the name on the card, and where its owner was, of charges that are over."""
    await tx.execute(ERASE_PAYER, partner_id, attempts)
