"""Turkish identity and tax numbers: the check digits that make made-up ones look real."""

from typing import Final

_IDENTITY_BODY: Final = 9
_TAX_BODY: Final = 9


def identity_number(body: str) -> str:
    """The nine digits of `body`, the first not zero, with the two check digits behind them.

    The tenth digit is seven times the digits at odd places less those at even places; the
    eleventh is the sum of the first ten; both by their last digit.
    """
    if len(body) != _IDENTITY_BODY or not body.isdecimal() or body.startswith("0"):
        raise ValueError(f"an identity number is made from nine digits, not {body!r}")
    digits = [int(digit) for digit in body]
    tenth = (7 * sum(digits[::2]) - sum(digits[1::2])) % 10
    eleventh = (sum(digits) + tenth) % 10
    return f"{body}{tenth}{eleventh}"


def tax_number(body: str) -> str:
    """The nine digits of `body` with the check digit of a Turkish tax number behind them.

    Each digit is moved by its distance from the tenth place, then doubled as often as that
    distance says, by nines; the check digit fills their sum up to a multiple of ten.
    """
    if len(body) != _TAX_BODY or not body.isdecimal():
        raise ValueError(f"a tax number is made from nine digits, not {body!r}")
    total = 0
    for place, digit in enumerate(body):
        distance = _TAX_BODY - place
        moved = (int(digit) + distance) % 10
        doubled = moved * 2**distance % 9
        # Casting out nines gives zero for nine as well; only a zero digit counts as zero.
        total += 9 if moved and not doubled else doubled
    return f"{body}{-total % 10}"
