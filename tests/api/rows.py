"""What the database holds of a partner, to be compared before and after."""

from bezant.kernel.db import Database
from tests.factories.client import PartnerClient

TABLES = (
    "customer",
    "customer_address",
    "customer_kyc",
    "ledger_account",
    "ledger_journal",
    "basket",
    "basket_item",
    "stored_card",
    "card_keeping",
    "card_to_forget",
    "price_fix",
    "digital_order",
    "digital_order_item",
    "ledger_posting",
    "ledger_hold",
    "shipment",
    "stock_reservation",
)


async def rows_of(db: Database, client: PartnerClient) -> dict[str, list[str]]:
    """Every row of a partner by table, each written as one text."""
    partner_id = client.sign_in.partner.partner_id
    async with db.reading() as connection:
        return {
            table: [
                str(row["row"])
                for row in await connection.fetch(
                    f"SELECT t::text AS row FROM {table} t WHERE partner_id = $1 ORDER BY t::text",
                    partner_id,
                )
            ]
            for table in TABLES
        }
