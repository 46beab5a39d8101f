"""Ways to pay on the wire."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from bezant.kernel.money import Currency, Money
from bezant.kernel.texts import Language, Text
from bezant.payments.card import BIN_DIGITS, MASKED_CVV
from bezant.payments.model import CardTerms, InstalmentRate, PaymentMethod, PaymentState
from bezant.payments.views import ChargeView, PaymentView
from bezant.web.partner.wire.values import CardBin, CartTokenText, MoneyNumber, minor, money


class PaymentWay(StrEnum):
    """How requests name a way to pay."""

    CASH = "cash"
    CREDIT_CARD = "creditcard"


class PaymentTypesQuery(Struct, frozen=True, kw_only=True):
    """For which basket and which card; both optional."""

    cart_token: CartTokenText | None = None
    card_bin: CardBin | None = None


class WaysQuery(Struct, frozen=True, kw_only=True):
    """For which sum and which card; all optional."""

    card_bin: CardBin | None = None
    total: MoneyNumber | None = None
    currency_code: Currency | None = None


class BinGet(Struct, frozen=True, kw_only=True):
    """A card by its first digits, and what it is to pay."""

    bin: Annotated[
        str,
        Meta(
            pattern="^[0-9]{6}([0-9]{2})?$",
            description="The first six or eight digits of the card.",
            examples=["454360"],
        ),
    ]
    total: MoneyNumber
    currency_code: Currency | None = None


CustomerIp = Annotated[
    str,
    Meta(
        max_length=45,
        description="Where the customer is: an IPv4 or IPv6 address.",
        examples=["203.0.113.7"],
    ),
]


class CardPayment(Struct, frozen=True, kw_only=True):
    """The card that is to pay: its number and what goes with it, or the token of a kept one.

    With either, `customer_ip` is required. Without any of them the customer gives the card on
    our own page.
    """

    card_holder: Annotated[str, Meta(max_length=110, examples=["AYŞE YILMAZ"])] | None = None
    card_number: Annotated[str, Meta(max_length=32, examples=["5528740000000003"])] | None = None
    card_expiry: Annotated[str, Meta(max_length=9, examples=["12/29"])] | None = None
    card_cvv: Annotated[str, Meta(max_length=4, examples=["123"])] | None = None
    card_token: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    customer_ip: CustomerIp | None = None
    installment: Annotated[int, Meta(ge=1, le=36)] | None = None
    save_card: bool | None = None
    is_3d: bool | None = None


class PaymentDetails(Struct, frozen=True, kw_only=True):
    """What may be shown of the card that paid."""

    card_holder: str
    card_number: str
    card_expiry: str
    card_cvv: str
    card_association: str
    customer_ip: str


class WirePayment(Struct, frozen=True, kw_only=True):
    """How far the payment of an order is. `redirect_url` is where the customer has to go."""

    state: PaymentState
    type: PaymentMethod
    redirect_url: str | None
    token: str
    is_3d: bool
    auth_mode: str | None
    amount: MoneyNumber
    comission: MoneyNumber
    total: MoneyNumber
    installment: int
    details: PaymentDetails | None
    transaction_id: str | None
    order_reference: str | None
    refunded_amount: MoneyNumber
    error_code: str | None
    error_message: str | None


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


def payment_types(
    terms: CardTerms, total: Money, language: Language, *, takes_cards: bool
) -> list[PaymentType]:
    """The ways to pay `total`."""
    cash = PaymentType(
        type=PaymentWay.CASH,
        name=Text("payment.cash").into(language),
        is_3d=False,
        installments=[],
    )
    if not takes_cards:
        return [cash]
    return [
        cash,
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


def wire_payment(payment: PaymentView, base_url: str, *, waits: bool) -> WirePayment:
    """The payment of an order as it is answered; `waits` says that the order still takes it."""
    charge, cost = payment.charge, payment.cost_so_far
    failed = payment.state is PaymentState.FAILED
    is_card = payment.method is PaymentMethod.CREDIT_CARD
    return WirePayment(
        state=payment.state,
        type=payment.method,
        redirect_url=f"{base_url}/pay/{payment.token}" if waits and is_card else None,
        token=payment.token,
        is_3d=charge.is_3d if charge else is_card,
        auth_mode=(charge.auth_mode or None) if charge else None,
        amount=minor(payment.amount),
        comission=minor(cost),
        total=minor(payment.amount + cost),
        installment=charge.instalment if charge else 1,
        details=_details(charge) if charge else None,
        transaction_id=(charge.transaction_id or None) if charge else None,
        order_reference=(charge.order_reference or None) if charge else None,
        refunded_amount=minor(payment.refunded),
        error_code=(charge.reason or None) if charge and failed else None,
        error_message=(charge.explanation or None) if charge and failed else None,
    )


def _details(charge: ChargeView) -> PaymentDetails:
    return PaymentDetails(
        card_holder=charge.holder,
        card_number=f"{charge.bin[:BIN_DIGITS]}******{charge.last_four}",
        card_expiry=charge.expiry,
        card_cvv=MASKED_CVV,
        card_association=charge.association,
        customer_ip=charge.customer_ip,
    )
