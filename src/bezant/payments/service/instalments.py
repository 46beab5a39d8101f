"""What paying by card costs: instalments by the first digits of the card."""

from collections.abc import Sequence

from bezant.kernel.db import Connection, Tx
from bezant.kernel.steps import at_once
from bezant.payments.model import (
    AT_ONCE,
    CardBank,
    CardTerms,
    CardType,
    InstalmentRate,
)
from bezant.payments.store import instalments as store


async def card_terms(connection: Connection, digits: str) -> CardTerms:
    """What paying with a card costs, by its first six or eight digits.

    Only a credit card is paid in instalments; a card that we do not know is paid at once.
    """
    ((bank, rates, unknown),) = await at_once(connection, store.read_terms(digits))
    if not rates or rates[0].instalment != AT_ONCE:
        rates = unknown
    if bank is None or bank.card_type is not CardType.CREDIT:
        rates = rates[:1]
    return CardTerms(digits, bank, rates)


async def enter_card_banks(tx: Tx, banks: Sequence[CardBank]) -> None:
    """Enters banks by their cards' first digits."""
    await store.upsert_card_banks(tx, banks)


async def enter_rates(tx: Tx, programme: str, rates: Sequence[InstalmentRate]) -> None:
    """Enters a programme's instalment rates."""
    await store.upsert_rates(tx, programme, rates)
