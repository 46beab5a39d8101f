"""What payments read together with other rooms: visits to give a card, and whose a charge is."""

from dataclasses import dataclass
from typing import Final

from bezant.kernel.db import Connection
from bezant.kernel.ids import AttemptId, CustomerId, PartnerId
from bezant.payments.kept import KeepingToken

SELECT_VISITOR: Final = """
    SELECT t.name AS seller, c.firstname, c.middlename, c.lastname, c.email, c.phone
      FROM card_keeping k
      JOIN partner t USING (partner_id)
      JOIN customer c USING (partner_id, customer_id)
     WHERE k.token = $1
"""

SELECT_CHARGES_OF_CUSTOMER: Final = """
    SELECT a.attempt_id
      FROM sales_order o
      JOIN payment p USING (partner_id, order_id)
      JOIN payment_attempt a USING (partner_id, payment_id)
     WHERE o.partner_id = $1 AND o.customer_id = $2
     UNION ALL
    SELECT a.attempt_id
      FROM digital_order o
      JOIN payment p ON p.partner_id = o.partner_id AND p.digital_order_id = o.order_id
      JOIN payment_attempt a ON a.partner_id = p.partner_id AND a.payment_id = p.payment_id
     WHERE o.partner_id = $1 AND o.customer_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who gives a card, and to whom; a removed customer has no name any more."""

    seller: str
    name: str
    email: str
    phone: str


async def visitor(connection: Connection, token: KeepingToken) -> Visitor | None:
    """Who comes on a visit."""
    row = await connection.fetchrow(SELECT_VISITOR, token)
    if row is None:
        return None
    names = (row["firstname"], row["middlename"], row["lastname"])
    return Visitor(
        seller=row["seller"],
        name=" ".join(filter(None, names)),
        email=row["email"],
        phone=row["phone"],
    )


async def charges_of_customer(
    connection: Connection, partner_id: PartnerId, customer_id: CustomerId
) -> list[AttemptId]:
    """Every charge of a customer's orders."""
    rows = await connection.fetch(SELECT_CHARGES_OF_CUSTOMER, partner_id, customer_id)
    return [AttemptId(row["attempt_id"]) for row in rows]
