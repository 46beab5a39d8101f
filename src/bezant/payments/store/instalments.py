"""Cards by their first digits, and instalment rates, in the database."""

from collections.abc import Sequence
from typing import Final

from bezant.kernel.db import Connection, Tx
from bezant.payments.model import CardBank, CardType, InstalmentRate

SELECT_CARD_BANK: Final = """
    SELECT bin, bank, programme, association, card_type FROM card_bin
     WHERE bin IN ($1, left($1, 6)) ORDER BY length(bin) DESC LIMIT 1
"""

SELECT_RATES: Final = """
    SELECT instalment, real_instalment, basis_points FROM instalment_rate
     WHERE programme = $1 ORDER BY instalment
"""

UPSERT_CARD_BANK: Final = """
    INSERT INTO card_bin (bin, bank, programme, association, card_type)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (bin) DO UPDATE
       SET bank = excluded.bank, programme = excluded.programme,
           association = excluded.association, card_type = excluded.card_type
"""

UPSERT_RATE: Final = """
    INSERT INTO instalment_rate (programme, instalment, real_instalment, basis_points)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (programme, instalment) DO UPDATE
       SET real_instalment = excluded.real_instalment, basis_points = excluded.basis_points
"""


async def select_card_bank(connection: Connection, digits: str) -> CardBank | None:
    """The bank behind a card's first six or eight digits."""
    row = await connection.fetchrow(SELECT_CARD_BANK, digits)
    if row is None:
        return None
    return CardBank(
        row["bin"], row["bank"], row["programme"], row["association"], CardType(row["card_type"])
    )


async def select_rates(connection: Connection, programme: str) -> tuple[InstalmentRate, ...]:
    """A programme's rates, paying at once first."""
    rows = await connection.fetch(SELECT_RATES, programme)
    return tuple(
        InstalmentRate(row["instalment"], row["real_instalment"], row["basis_points"])
        for row in rows
    )


async def upsert_card_banks(tx: Tx, banks: Sequence[CardBank]) -> None:
    """Enters banks by first digits, in place of what was there."""
    await tx.executemany(
        UPSERT_CARD_BANK,
        [(b.bin, b.bank, b.programme, b.association, b.card_type) for b in banks],
    )


async def upsert_rates(tx: Tx, programme: str, rates: Sequence[InstalmentRate]) -> None:
    """Enters a programme's rates, in place of what was there."""
    await tx.executemany(
        UPSERT_RATE,
        [(programme, r.instalment, r.real_instalment, r.basis_points) for r in rates],
    )
