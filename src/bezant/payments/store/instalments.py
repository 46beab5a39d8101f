"""Cards by their first digits, and instalment rates, in the database."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bezant.kernel.db import Tx
from bezant.kernel.steps import Step
from bezant.payments.model import UNKNOWN_PROGRAMME, CardBank, InstalmentRate

READ_TERMS: Final = """
    SELECT card_terms($1, $2)
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


Rates = tuple[InstalmentRate, ...]
"""The rates of a programme, paying at once first."""


def read_terms(digits: str) -> Step[tuple[CardBank | None, Rates, Rates]]:
    """The bank behind a card's first six or eight digits, its rates, and an unknown bank's."""
    return Step(
        READ_TERMS,
        (digits, UNKNOWN_PROGRAMME),
        lambda told: _TERMS.decode(told or ""),
        only_reads=True,
    )


_TERMS: Final = msgspec.json.Decoder(tuple[CardBank | None, Rates, Rates])


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
