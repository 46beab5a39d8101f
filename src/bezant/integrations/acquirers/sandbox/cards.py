"""The sandbox's test cards: one for each outcome, with 3-D and without, and their instalments.

Invariants: every number passes its check digit and belongs to a bank that does not exist; a
number that is not in the table is declined, so that nobody pays with a real card by mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bezant.payments.card import BIN_DIGITS, LONG_BIN_DIGITS

RIGHT_CODE: Final = "123456"
"""What passes 3-D on every card that has it."""
CODES_ALLOWED: Final = 3
"""After so many wrong codes the card is declined."""
THREE_D_FAILED: Final = "050"
BANK_AWAY: Final = "091"


class Behaviour(StrEnum):
    """What a card does when it is charged."""

    APPROVED = "approved"
    NO_FUNDS = "no-funds"
    DO_NOT_HONOUR = "do-not-honour"
    FRAUD = "fraud"
    EXPIRED = "expired"
    WRONG_CVV = "wrong-cvv"
    BANK_AWAY = "bank-away"
    REPLY_LOST = "reply-lost"
    """Captured, and the connection is dropped before the answer."""
    NEVER_REACHED = "never-reached"
    """The connection is dropped, and nothing was done."""
    UNKNOWN = "unknown"
    """Not a test card, or a kept one that was forgotten."""

    @property
    def reason(self) -> str:
        """Three digits why the card is declined; empty when it is charged."""
        return _REASONS.get(self, "")


_REASONS: Final[Mapping[Behaviour, str]] = {
    Behaviour.NO_FUNDS: "051",
    Behaviour.DO_NOT_HONOUR: "005",
    Behaviour.FRAUD: "059",
    Behaviour.EXPIRED: "054",
    Behaviour.WRONG_CVV: "082",
    Behaviour.BANK_AWAY: BANK_AWAY,
    Behaviour.UNKNOWN: "096",
}


@dataclass(frozen=True, slots=True)
class SandboxCard:
    """A card of the table: its number, what it does, and whether it is enrolled in 3-D."""

    number: str
    behaviour: Behaviour
    is_enrolled: bool


def card_of(number: str) -> SandboxCard:
    """The card with this number."""
    return _BY_NUMBER.get(number) or SandboxCard(number, Behaviour.UNKNOWN, is_enrolled=False)


def instalments_of(digits: str) -> tuple[tuple[int, int, int], ...]:
    """Instalments, real instalments and basis points for a card, by its first digits."""
    for length in (LONG_BIN_DIGITS, BIN_DIGITS):
        if digits[:length] in INSTALMENTS:
            return INSTALMENTS[digits[:length]]
    return ()


TEST_CARDS: Final = (
    SandboxCard("4532010000000008", Behaviour.APPROVED, is_enrolled=False),
    SandboxCard("5528740000000003", Behaviour.APPROVED, is_enrolled=True),
    SandboxCard("4532010000000511", Behaviour.NO_FUNDS, is_enrolled=False),
    SandboxCard("5528740000000516", Behaviour.NO_FUNDS, is_enrolled=True),
    SandboxCard("4532010000000057", Behaviour.DO_NOT_HONOUR, is_enrolled=False),
    SandboxCard("5528740000000052", Behaviour.DO_NOT_HONOUR, is_enrolled=True),
    SandboxCard("4532010000000594", Behaviour.FRAUD, is_enrolled=False),
    SandboxCard("5528740000000599", Behaviour.FRAUD, is_enrolled=True),
    SandboxCard("4532010000000545", Behaviour.EXPIRED, is_enrolled=False),
    SandboxCard("5528740000000540", Behaviour.EXPIRED, is_enrolled=True),
    SandboxCard("4532010000000826", Behaviour.WRONG_CVV, is_enrolled=False),
    SandboxCard("5528740000000821", Behaviour.WRONG_CVV, is_enrolled=True),
    SandboxCard("4532010000000917", Behaviour.BANK_AWAY, is_enrolled=False),
    SandboxCard("5528740000000912", Behaviour.BANK_AWAY, is_enrolled=True),
    SandboxCard("4532010000009009", Behaviour.REPLY_LOST, is_enrolled=False),
    SandboxCard("5528740000009004", Behaviour.REPLY_LOST, is_enrolled=True),
    SandboxCard("4532010000009017", Behaviour.NEVER_REACHED, is_enrolled=False),
    SandboxCard("5528740000009012", Behaviour.NEVER_REACHED, is_enrolled=True),
    # More that are charged: other schemes, debit cards, fifteen digits, a bank of eight digits.
    SandboxCard("9793110000000009", Behaviour.APPROVED, is_enrolled=True),
    SandboxCard("9792080000000005", Behaviour.APPROVED, is_enrolled=True),
    SandboxCard("4026150000000005", Behaviour.APPROVED, is_enrolled=True),
    SandboxCard("375631000000009", Behaviour.APPROVED, is_enrolled=False),
    SandboxCard("4765120000000003", Behaviour.APPROVED, is_enrolled=False),
    SandboxCard("4532017700000006", Behaviour.APPROVED, is_enrolled=False),
)
_BY_NUMBER: Final = {card.number: card for card in TEST_CARDS}

_ALTIN: Final = ((1, 1, 149), (2, 2, 298), (3, 3, 429), (6, 6, 798), (9, 9, 1_162), (12, 12, 1_535))
_KERVAN: Final = (
    (1, 1, 155), (2, 2, 310), (3, 3, 445), (6, 6, 825), (9, 9, 1_198), (12, 12, 1_580),
)  # fmt: skip
# Its campaign adds two payments to the six that are asked for.
_YELKEN: Final = (
    (1, 1, 145), (2, 2, 290), (3, 3, 415), (6, 8, 810), (9, 9, 1_150), (12, 12, 1_510),
)  # fmt: skip
INSTALMENTS: Final[Mapping[str, tuple[tuple[int, int, int], ...]]] = {
    "453201": _ALTIN,
    "45320177": _ALTIN,
    "552874": _KERVAN,
    "979311": _KERVAN,
    "402615": _YELKEN,
    "375631": _YELKEN,
    # Debit cards: at once or not at all.
    "979208": _ALTIN[:1],
    "476512": _ALTIN[:1],
}
"""What the credit cards of the table can be paid in, by their first digits."""
