"""The register of error codes: one number for each refusal, stable for ever.

A code is the HTTP status and two digits. A number that was given out is never given to
another error; a retired one stays retired. The reference page prints this table.
"""

from dataclasses import dataclass
from typing import Final

from bezant.baskets.model import BasketFull, NoSuchBasket, NotInBasket, TooManyPieces
from bezant.catalog.model import NoSuchProduct, NotEnoughStock
from bezant.checkout.model import (
    AddressMissing,
    CustomerHasBalance,
    CustomerHasOpenOrders,
    NothingToOrder,
    PriceExpired,
)
from bezant.customers.kyc.model import KycLimitExceeded
from bezant.customers.model import (
    CustomerExists,
    NoSuchAddress,
    NoSuchCustomer,
    TooManyAddresses,
)
from bezant.kernel.errors import BezantError, DatabaseAway, Invalid
from bezant.ledger.model import HoldDiffers, InsufficientBalance, JournalDiffers
from bezant.legal.model import NoSuchDocument, NoSuchInvoice, PricesNotHeld
from bezant.orders.model import BasketOrdered, ExternalIdUsed, NoSuchOrder
from bezant.partners.service.replies import KeyUsedForAnotherRequest, StillRunning
from bezant.payments.acquirer import AcquirerAway, CardKeepingUnavailable, NoticeForged
from bezant.payments.kept import (
    CardOfAnotherAcquirer,
    KeepingClosed,
    NoSuchCard,
    NoSuchKeeping,
    TooManyCards,
)
from bezant.payments.model import ChargeUnderWay, TooManyCharges
from bezant.payments.till import CardPaymentsOff
from bezant.payments.vault import CardSealLost
from bezant.payments.views import NoSuchPayment, PaymentClosed
from bezant.pricing.model import NotPricedInCurrency, PriceStale, TradingHalted
from bezant.trading.deliveries import DeliveryCostChanged
from bezant.trading.model import (
    NoSuchPriceFix,
    NotInPriceFix,
    NotTraded,
    PriceFixExpired,
    PriceFixUsed,
)
from bezant.vault.model import SalesFrozen
from bezant.web.digest.answer import MalformedAnswer
from bezant.web.refusals import (
    AddressNotAllowed,
    BodyNotJson,
    BodyTooLarge,
    MethodNotAllowed,
    NonceStale,
    NoSuchPath,
    NotSignedIn,
    NotSupportedMediaType,
    RequestMalformed,
    ScopeMissing,
    TooManyRequests,
)

INTERNAL_ERROR_CODE: Final = 50000
"""A defect of ours. It is in the register so that a client can tell it from a refusal."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a refusal is on the wire. `status` is the code's first three digits."""

    code: int

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.code // 100


REGISTER: Final[dict[type[BezantError], ErrorCode]] = {
    RequestMalformed: ErrorCode(40000),
    BodyNotJson: ErrorCode(40001),
    NotSignedIn: ErrorCode(40100),
    MalformedAnswer: ErrorCode(40100),
    NonceStale: ErrorCode(40101),
    ScopeMissing: ErrorCode(40300),
    AddressNotAllowed: ErrorCode(40301),
    NoticeForged: ErrorCode(40302),
    KycLimitExceeded: ErrorCode(40310),
    NoSuchPath: ErrorCode(40400),
    NoSuchProduct: ErrorCode(40401),
    NoSuchCustomer: ErrorCode(40402),
    NoSuchAddress: ErrorCode(40403),
    NoSuchBasket: ErrorCode(40404),
    NotInBasket: ErrorCode(40405),
    NoSuchPayment: ErrorCode(40406),
    NoSuchOrder: ErrorCode(40407),
    NoSuchDocument: ErrorCode(40408),
    NoSuchInvoice: ErrorCode(40425),
    NoSuchCard: ErrorCode(40410),
    NoSuchKeeping: ErrorCode(40411),
    NoSuchPriceFix: ErrorCode(40420),
    NotInPriceFix: ErrorCode(40421),
    MethodNotAllowed: ErrorCode(40500),
    StillRunning: ErrorCode(40900),
    CustomerExists: ErrorCode(40901),
    NotEnoughStock: ErrorCode(40902),
    BasketFull: ErrorCode(40903),
    TooManyPieces: ErrorCode(40904),
    TooManyAddresses: ErrorCode(40905),
    PaymentClosed: ErrorCode(40906),
    CardPaymentsOff: ErrorCode(40907),
    ExternalIdUsed: ErrorCode(40908),
    BasketOrdered: ErrorCode(40909),
    ChargeUnderWay: ErrorCode(40910),
    CustomerHasOpenOrders: ErrorCode(40911),
    NothingToOrder: ErrorCode(40912),
    AddressMissing: ErrorCode(40913),
    TooManyCharges: ErrorCode(40914),
    CustomerHasBalance: ErrorCode(40915),
    PricesNotHeld: ErrorCode(40920),
    CardKeepingUnavailable: ErrorCode(40930),
    TooManyCards: ErrorCode(40931),
    KeepingClosed: ErrorCode(40932),
    CardOfAnotherAcquirer: ErrorCode(40933),
    CardSealLost: ErrorCode(40934),
    DeliveryCostChanged: ErrorCode(40935),
    InsufficientBalance: ErrorCode(40940),
    JournalDiffers: ErrorCode(40941),
    HoldDiffers: ErrorCode(40942),
    PriceFixUsed: ErrorCode(40950),
    NotTraded: ErrorCode(40951),
    PriceExpired: ErrorCode(41000),
    PriceFixExpired: ErrorCode(41001),
    BodyTooLarge: ErrorCode(41300),
    NotSupportedMediaType: ErrorCode(41500),
    Invalid: ErrorCode(42200),
    KeyUsedForAnotherRequest: ErrorCode(42201),
    TooManyRequests: ErrorCode(42900),
    DatabaseAway: ErrorCode(50300),
    PriceStale: ErrorCode(50301),
    TradingHalted: ErrorCode(50302),
    NotPricedInCurrency: ErrorCode(50303),
    AcquirerAway: ErrorCode(50304),
    SalesFrozen: ErrorCode(50310),
}


def code_of(error: BezantError) -> ErrorCode:
    """The code of a refusal. One that is not registered is a defect: `KeyError`."""
    return REGISTER[type(error)]
