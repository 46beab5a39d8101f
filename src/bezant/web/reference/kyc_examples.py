"""Examples of knowing customers."""

from collections.abc import Mapping
from typing import Final

from bezant.customers.kyc.model import KycStatus, Risk
from bezant.web.partner.wire.kyc import (
    DocumentSent,
    KycBulk,
    KycOfOne,
    KycResult,
    KycUpsert,
    WireDocument,
    WireKyc,
)
from bezant.web.reference.example import CUSTOMER, Example


def examples_of_kyc() -> Mapping[str, Example]:
    """The examples by the operation's name."""
    path = {"external_customer_id": CUSTOMER}
    return {
        "getKyc": Example(_KNOWN, path=path),
        "storeKyc": Example(_KNOWN, path=path, body=_SENT),
        "storeKycOfMany": Example(
            [
                KycResult(external_customer_id=CUSTOMER, success=True, code=0, message=""),
                KycResult(
                    external_customer_id="nobody",
                    success=False,
                    code=40402,
                    message="There is no such customer: nobody",
                ),
            ],
            body=KycBulk(
                customers=[
                    KycOfOne(
                        external_customer_id=each, level=0, status=KycStatus.PENDING, pep=False
                    )
                    for each in (CUSTOMER, "nobody")
                ]
            ),
        ),
    }


_SENT: Final = KycUpsert(
    level=2,
    status=KycStatus.APPROVED,
    verified_at="2024-08-05T15:40:00+03:00",
    method="video-call",
    document=DocumentSent(
        type="passport", number_last4="4F21", country="TR", expires_at="2031-05-20"
    ),
    risk=Risk.LOW,
    pep=False,
)
_KNOWN: Final = WireKyc(
    external_customer_id=CUSTOMER,
    level=2,
    effective_level=2,
    status=KycStatus.APPROVED,
    verified_at="2024-08-05T15:40:00+03:00",
    method="video-call",
    document=WireDocument(
        type="passport", number_last4="4F21", country="TR", expires_at="2031-05-20"
    ),
    risk=Risk.LOW,
    pep=False,
    updated_at="2024-08-05T15:47:15+03:00",
)
