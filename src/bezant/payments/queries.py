"""Visits to give a card as their page reads them: joined with the partner and the customer."""

from dataclasses import dataclass
from typing import Final

from bezant.kernel.db import Connection
from bezant.payments.kept import KeepingToken

SELECT_VISITOR: Final = """
    SELECT t.name AS seller, c.firstname, c.middlename, c.lastname, c.email, c.phone
      FROM card_keeping k
      JOIN partner t USING (partner_id)
      JOIN customer c USING (partner_id, customer_id)
     WHERE k.token = $1
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
