"""Ways to pay on the wire."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from bezant.kernel.money import Money
from bezant.kernel.texts import Language, Text
from bezant.payments.model import CardTerms, InstalmentRate
from bezant.web.partner.wire.values import CardBin, CartTokenText, MoneyNumber, money


class PaymentWay(StrEnum):
    """How requests name a way to pay."""

    CASH = "cash"
    CREDIT_CARD = "creditcard"


class PaymentTypesQuery(Struct, frozen=True, kw_only=True):
    """For which basket and which card; both optional."""

    cart_token: CartTokenText | None = None
    card_bin: CardBin | None = None


class Installment(Struct, frozen=True, kw_only=True):
    """One way to spread a payment. `margin` is what it adds; `total` includes it."""

    installment: Annotated[int, Meta(ge=1, le=36)]
    real_installment: Annotated[int, Meta(ge=1, le=36)]
    bin: str
    amount: MoneyNumber
    margin: MoneyNumber
    amount_per_installment: MoneyNumber
    total: MoneyNumber


class PaymentType(Struct, frozen=True, kw_only=True):
    """A way to pay. Without a card's first digits only paying at once is listed."""

    type: PaymentWay
    name: str
    is_3d: bool
    installments: list[Installment]


def payment_types(terms: CardTerms, total: Money, language: Language) -> list[PaymentType]:
    """The ways to pay `total`."""
    return [
        PaymentType(
            type=PaymentWay.CASH,
            name=Text("payment.cash").into(language),
            is_3d=False,
            installments=[],
        ),
        PaymentType(
            type=PaymentWay.CREDIT_CARD,
            name=Text("payment.credit_card").into(language),
            is_3d=True,
            installments=[installment(rate, terms.bin, total) for rate in terms.rates],
        ),
    ]


def installment(rate: InstalmentRate, digits: str, total: Money) -> Installment:
    """One row of a card's instalments for `total`."""
    cost = rate.cost(total)
    return Installment(
        installment=rate.instalment,
        real_installment=rate.real_instalment,
        bin=digits,
        amount=money(total),
        margin=money(cost),
        amount_per_installment=money(rate.each(total)),
        total=money(total + cost),
    )
