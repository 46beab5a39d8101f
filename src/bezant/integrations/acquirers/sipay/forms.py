"""The requests that Sipay wants, field by field.

Source: Sipay's public interface description and its own PHP library. Amounts are texts with
two places, made from integers; the same text goes into the field and into its `hash_key`.
"""

import hashlib
import ipaddress
from collections.abc import Mapping
from typing import Final

import msgspec

from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.hashing import make_key
from bezant.kernel.money import MINOR_UNITS, Money
from bezant.payments.acquirer import Buyer, Charge, ChargeReference, RefundAsked
from bezant.payments.card import CardFace, CardInHand, Secret

# Sipay numbers its shops' customers, and calls the field a number: fifteen digits pass
# through every program's numbers unharmed.
_CUSTOMER_NUMBERS: Final = 10**15


def decimal_text(amount: Money) -> str:
    """An amount as Sipay reads it: `12.30`."""
    whole, part = divmod(amount.minor, MINOR_UNITS)
    return f"{whole}.{part:02d}"


def charge_form(charge: Charge, access: SipayAccess) -> Mapping[str, str]:
    """A charge with 3-D, as a browser's form would send it."""
    items = msgspec.json.encode([_item(charge)]).decode()
    return {
        **_charge(charge, access),
        "items": items,
        "response_method": "POST",
        # Sipay takes the money by itself once 3-D is passed: no second step of ours can
        # get lost between the two.
        "payment_completed_by": "app",
    }


def charge_body(charge: Charge, access: SipayAccess) -> Mapping[str, object]:
    """A charge without 3-D."""
    return {**_charge(charge, access), "items": [_item(charge)]}


def status_body(reference: ChargeReference, access: SipayAccess) -> Mapping[str, object]:
    """A question about a charge; without the flag one under way would be called failed."""
    merchant = access.merchant_key.reveal()
    return {
        "merchant_key": merchant,
        "invoice_id": reference,
        "include_pending_status": True,
        "hash_key": make_key((reference, merchant), secret=access.app_secret),
    }


def refund_body(asked: RefundAsked, access: SipayAccess) -> Mapping[str, object]:
    """A refund; its reference may be used once."""
    merchant, amount = access.merchant_key.reveal(), decimal_text(asked.amount)
    return {
        "invoice_id": asked.charge,
        "amount": amount,
        "app_id": access.app_id,
        "app_secret": access.app_secret.reveal(),
        "merchant_key": merchant,
        "refund_transaction_id": asked.reference,
        "hash_key": make_key((amount, asked.charge, merchant), secret=access.app_secret),
    }


def pos_body(digits: str, amount: Money, access: SipayAccess) -> Mapping[str, object]:
    """A question about the ways to pay with a card."""
    return {
        "credit_card": digits,
        "amount": decimal_text(amount),
        "currency_code": amount.currency,
        "merchant_key": access.merchant_key.reveal(),
    }


def keeping_body(
    card: CardInHand, owner: str, buyer: Buyer, access: SipayAccess
) -> Mapping[str, object]:
    """A card to be kept. The value on its back is not among what Sipay asks for."""
    merchant, customer = access.merchant_key.reveal(), customer_number(owner)
    number = card.number.reveal()
    month, year = _expiry(card.face)
    locked = (merchant, customer, card.face.holder, number, month, year)
    return {
        "merchant_key": merchant,
        "card_holder_name": card.face.holder,
        "card_number": number,
        "expiry_month": month,
        "expiry_year": year,
        "customer_number": customer,
        **_customer(buyer, card.face),
        "hash_key": make_key(locked, secret=access.app_secret),
    }


def forgetting_body(token: Secret, owner: str, access: SipayAccess) -> Mapping[str, object]:
    """A kept card to be forgotten."""
    merchant, customer = access.merchant_key.reveal(), customer_number(owner)
    locked = (merchant, customer, token.reveal())
    return {
        "merchant_key": merchant,
        "customer_number": customer,
        "card_token": token.reveal(),
        "hash_key": make_key(locked, secret=access.app_secret),
    }


def customer_number(owner: str) -> str:
    """The owner of kept cards as a number, always the same for the same owner.

    Should two of them ever meet, a card is still found only by its token.
    """
    digest = hashlib.sha256(owner.encode()).digest()
    return f"{int.from_bytes(digest[:16], 'big') % _CUSTOMER_NUMBERS:015d}"


def _charge(charge: Charge, access: SipayAccess) -> dict[str, str]:
    merchant, total = access.merchant_key.reveal(), decimal_text(charge.amount)
    currency, instalment = charge.amount.currency.value, str(charge.instalment)
    first, last = _names(charge)
    locked = (total, instalment, currency, merchant, charge.reference)
    fields = {
        **_card(charge),
        "merchant_key": merchant,
        "invoice_id": charge.reference,
        "invoice_description": charge.description,
        "total": total,
        "currency_code": currency,
        "installments_number": instalment,
        "name": first,
        "surname": last,
        "bill_email": charge.buyer.email,
        "bill_phone": charge.buyer.phone,
        "ip": _public(charge.buyer.ip),
        "return_url": charge.return_url,
        "cancel_url": charge.return_url,
        "transaction_type": "Auth",
        "sale_web_hook_key": access.sale_web_hook_key,
        "app_lang": charge.language.value,
        "hash_key": make_key(locked, secret=access.app_secret),
    }
    return {name: text for name, text in fields.items() if text}


def _card(charge: Charge) -> dict[str, str]:
    card = charge.card
    if isinstance(card, CardInHand):
        month, year = _expiry(card.face)
        return {
            "cc_holder_name": card.face.holder,
            "cc_no": card.number.reveal(),
            "expiry_month": month,
            "expiry_year": year,
            "cvv": card.cvv.reveal(),
        }
    return {
        "card_token": card.token.reveal(),
        "customer_number": customer_number(card.owner),
        **_customer(charge.buyer, card.face),
    }


def _customer(buyer: Buyer, face: CardFace) -> dict[str, str]:
    return {
        "customer_name": buyer.name.strip() or face.holder,
        "customer_email": buyer.email,
        "customer_phone": buyer.phone,
    }


def _item(charge: Charge) -> Mapping[str, str | int]:
    """The one line of the bill. Sipay refuses lines that do not add up to the total."""
    return {
        "name": charge.description or charge.reference,
        "price": decimal_text(charge.amount),
        "quantity": 1,
        "description": charge.description or charge.reference,
    }


def _names(charge: Charge) -> tuple[str, str]:
    """First and last name; a single word is both, as neither may be empty."""
    words = (charge.buyer.name.strip() or charge.card.face.holder).split() or ["-"]
    return " ".join(words[:-1]) or words[0], words[-1]


def _expiry(face: CardFace) -> tuple[str, str]:
    until = face.expiry
    assert until is not None, "a card in hand says until when it is good"
    return f"{until.month:02d}", f"{until.year:04d}"


def _public(address: str) -> str:
    """An address of the open internet, else nothing: Sipay refuses all others."""
    try:
        return address if ipaddress.ip_address(address).is_global else ""
    except ValueError:
        return ""
