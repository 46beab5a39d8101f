"""Names of things: which id is whose, and how the unguessable ones are made.

Shapes are the wire contract's: a guid is an upper-case UUID, a token is 32 characters of
[A-Za-z0-9], an increment id is `MC_` and 13 upper-case hexadecimal digits.
"""

import secrets
import string
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

PartnerId = NewType("PartnerId", int)
CredentialId = NewType("CredentialId", int)
CustomerId = NewType("CustomerId", int)
AddressId = NewType("AddressId", int)
BasketId = NewType("BasketId", int)
ProductId = NewType("ProductId", int)
CategoryId = NewType("CategoryId", int)
AssetId = NewType("AssetId", int)
OrderId = NewType("OrderId", int)
PaymentId = NewType("PaymentId", int)
AttemptId = NewType("AttemptId", int)
RefundId = NewType("RefundId", int)

CartToken = NewType("CartToken", str)
PaymentToken = NewType("PaymentToken", str)

TOKEN_LENGTH: Final = 32
PAYMENT_TOKEN_LENGTH: Final = 128
ORDER_CODE_LENGTH: Final = 8
REFERENCE_LENGTH: Final = 24


class _Alphabet:
    """Draws texts of these characters from the system's CSPRNG, without bias."""

    def __init__(self, characters: str) -> None:
        size = len(characters)
        # Bytes at or above this value are thrown away, so that every character is equally likely.
        fair = 256 - 256 % size
        self._unfair = bytes(range(fair, 256))
        self._table = bytes(ord(characters[byte % size]) for byte in range(256))

    def draw(self, length: int) -> str:
        """A text of so many characters."""
        text = b""
        while len(text) < length:
            drawn = secrets.token_bytes(length + 8)
            text += drawn.translate(self._table, self._unfair)
        return text[:length].decode("ascii")


_CAPITALS: Final = _Alphabet(string.ascii_uppercase + string.digits)
_LETTERS: Final = _Alphabet(string.ascii_letters + string.digits)


def random_token(length: int = TOKEN_LENGTH) -> str:
    """`length` characters of [A-Za-z0-9] from the system's CSPRNG, without bias."""
    return _LETTERS.draw(length)


def payment_token() -> PaymentToken:
    """A new payment's token."""
    return PaymentToken(random_token(PAYMENT_TOKEN_LENGTH))


def order_code() -> str:
    """What people call an order: 8 upper-case letters and digits."""
    return _CAPITALS.draw(ORDER_CODE_LENGTH)


def reference() -> str:
    """Our name of a charge or a refund at an acquirer: 24 upper-case letters and digits."""
    return _CAPITALS.draw(REFERENCE_LENGTH)


def cart_token() -> CartToken:
    """A new basket's token."""
    return CartToken(random_token())


def increment_id(number: int, at: datetime) -> str:
    """The human-facing number of a basket: the second of its birth, then its own number.

    Two things share one only if they were born in the same second and their `number`s
    are a multiple of 2²⁰ apart; so it stays unique below a million births a second.
    """
    return f"MC_{int(at.timestamp()):08X}{number % 0x100000:05X}"


def wire_guid(guid: UUID) -> str:
    """A guid as it goes over the wire."""
    return str(guid).upper()
