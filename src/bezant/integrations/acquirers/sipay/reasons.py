"""Why a charge was declined, in our three digits."""

import re
from collections.abc import Mapping
from typing import Final

from bezant.integrations.acquirers.sipay.answers import Answer, Code

NOT_AUTHENTICATED: Final = "050"
ANYTHING_ELSE: Final = "096"
# The banks' answers by ISO 8583, as Turkish acquirers hand them on.
_BANK: Final[Mapping[str, str]] = {
    "51": "051",
    "33": "054",
    "54": "054",
    "82": "082",
    "N7": "082",
    "34": "059",
    "41": "059",
    "43": "059",
    "59": "059",
    "63": "059",
    "01": "005",
    "02": "005",
    "04": "005",
    "05": "005",
    "57": "005",
    "61": "005",
    "62": "005",
    "65": "005",
    "93": "005",
    "90": "091",
    "91": "091",
}
_OWN: Final[Mapping[int, str]] = {Code.CARD_BLOCKED: "059", Code.FOREIGN_CARD: "005"}
_ABOUT_3D: Final = re.compile(r"\b3[ -]?d|\bmd[ _-]?status|\bacs\b", re.IGNORECASE)


def reason_of(answer: Answer) -> str:
    """The reason of a decline: what the bank said, else what Sipay did, else 3-D or 096."""
    bank = answer.text("original_bank_error_code", "bank_status_code").strip().upper()
    if bank.isdigit():
        bank = bank.lstrip("0").zfill(2)
    if bank in _BANK:
        return _BANK[bank]
    if answer.code in _OWN:
        return _OWN[answer.code]
    return NOT_AUTHENTICATED if _ABOUT_3D.search(answer.explanation) else ANYTHING_ELSE
