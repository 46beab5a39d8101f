"""What keeps a customer from being removed that is another room's."""

from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.ids import CustomerId, PartnerId

HAS_UNPAID_METAL: Final = """
    SELECT EXISTS (
        SELECT FROM digital_order
         WHERE partner_id = $1 AND customer_id = $2 AND waits_until IS NOT NULL)
"""


async def has_unpaid_metal(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId
) -> bool:
    """Whether an order of digital metal waits for the customer's card: the metal may yet come."""
    found: bool = await connection.fetchval(HAS_UNPAID_METAL, partner_id, customer_id)
    return found
