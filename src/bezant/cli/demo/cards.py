"""Banks that do not exist, by the first digits of their cards, and what instalments cost.

Invariants: every bank and programme is made up; each programme begins with paying at once.
"""

from collections.abc import Mapping
from typing import Final

from bezant.payments.model import CardBank, CardType, InstalmentRate

_CREDIT: Final = CardType.CREDIT
_DEBIT: Final = CardType.DEBIT
_PREPAID: Final = CardType.PREPAID

CARD_BANKS: Final = tuple(
    CardBank(bin_, bank, programme, association, card_type)
    for bank, programme, cards in (
        (
            "Marmara Ticaret Bankası",
            "Altın Kart",
            (
                ("453201", "VISA", _CREDIT),
                ("45320177", "VISA", _CREDIT),
                ("540318", "MASTERCARD", _CREDIT),
                ("979208", "TROY", _DEBIT),
                ("476512", "VISA", _DEBIT),
                ("534291", "MASTERCARD", _PREPAID),
            ),
        ),
        (
            "Anadolu Kervan Bankası",
            "Kervan Kart",
            (
                ("418342", "VISA", _CREDIT),
                ("552874", "MASTERCARD", _CREDIT),
                ("55287410", "MASTERCARD", _CREDIT),
                ("979311", "TROY", _CREDIT),
                ("979312", "TROY", _DEBIT),
            ),
        ),
        (
            "Ege Liman Bankası",
            "Mavi Yelken",
            (
                ("402615", "VISA", _CREDIT),
                ("515472", "MASTERCARD", _CREDIT),
                ("375631", "AMEX", _CREDIT),
                ("454917", "VISA", _DEBIT),
                ("97940502", "TROY", _PREPAID),
            ),
        ),
        (
            "Toros Katılım Bankası",
            "Toros Kart",
            (
                ("486730", "VISA", _CREDIT),
                ("528146", "MASTERCARD", _CREDIT),
                ("979507", "TROY", _CREDIT),
                ("979508", "TROY", _DEBIT),
            ),
        ),
        (
            "Yakamoz Bank",
            "Yakamoz",
            (
                ("437095", "VISA", _CREDIT),
                ("43709533", "VISA", _CREDIT),
                ("376284", "AMEX", _CREDIT),
                ("545763", "MASTERCARD", _CREDIT),
                ("409188", "VISA", _DEBIT),
                ("52993805", "MASTERCARD", _PREPAID),
            ),
        ),
        (
            "Halkalı Esnaf Bankası",
            "Esnaf Kart",
            (
                ("491356", "VISA", _CREDIT),
                ("979624", "TROY", _CREDIT),
                ("536078", "MASTERCARD", _DEBIT),
                ("67712045", "MASTERCARD", _DEBIT),
            ),
        ),
    )
    for bin_, association, card_type in cards
)

# Mavi Yelken's campaign adds two payments to the six that are asked for.
RATES: Final[Mapping[str, tuple[InstalmentRate, ...]]] = {
    programme: tuple(InstalmentRate(*rate) for rate in rates)
    for programme, rates in {
        "": ((1, 1, 0),),
        "Altın Kart": (
            (1, 1, 149), (2, 2, 298), (3, 3, 429), (6, 6, 798), (9, 9, 1_162), (12, 12, 1_535),
        ),
        "Kervan Kart": (
            (1, 1, 155), (2, 2, 310), (3, 3, 445), (6, 6, 825), (9, 9, 1_198), (12, 12, 1_580),
        ),
        "Mavi Yelken": (
            (1, 1, 145), (2, 2, 290), (3, 3, 415), (6, 8, 810), (9, 9, 1_150), (12, 12, 1_510),
        ),
        "Toros Kart": (
            (1, 1, 139), (2, 2, 285), (3, 3, 410), (6, 6, 780), (9, 9, 1_140), (12, 12, 1_495),
        ),
        "Yakamoz": (
            (1, 1, 162), (2, 2, 321), (3, 3, 462), (6, 6, 849), (9, 9, 1_225), (12, 12, 1_610),
        ),
        "Esnaf Kart": (
            (1, 1, 150), (2, 2, 300), (3, 3, 435), (6, 6, 805), (9, 9, 1_170), (12, 12, 1_545),
        ),
    }.items()
}  # fmt: skip
