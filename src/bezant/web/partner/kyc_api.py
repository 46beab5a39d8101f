"""The operations of knowing customers; `api` puts these among all the others."""

from typing import Final

from bezant.customers.model import NoSuchCustomer
from bezant.partners.model import Scope
from bezant.web.operations import Group, Method, Operation
from bezant.web.partner.routes import kyc
from bezant.web.partner.wire.customers import CustomerPath
from bezant.web.partner.wire.kyc import KycBulk, KycResult, KycUpsert, WireKyc

KYC: Final = (
    Operation(
        method=Method.GET,
        path="/partner/customer/{external_customer_id}/kyc",
        name="getKyc",
        group=Group.KYC,
        scope=Scope.CUSTOMERS_READ,
        summary="Get what is known of a customer",
        text=(
            "What the partner has said of who the customer is. Of one of whom nothing was said, "
            "the level is 0."
        ),
        path_shape=CustomerPath,
        returns=WireKyc,
        handler=kyc.find_kyc,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.POST,
        path="/partner/customer/{external_customer_id}/kyc",
        name="storeKyc",
        group=Group.KYC,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Say what is known of a customer",
        text=(
            "Puts what is sent in the place of all that was known. The number of a document is "
            "never sent, only its last four characters."
        ),
        path_shape=CustomerPath,
        body=KycUpsert,
        returns=WireKyc,
        handler=kyc.store_kyc,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.POST,
        path="/partner/customer/kyc/bulk",
        name="storeKycOfMany",
        group=Group.KYC,
        scope=Scope.CUSTOMERS_WRITE,
        summary="Say what is known of many customers",
        text=(
            "The same for at most 500 customers, each with a result of its own, in the order in "
            "which they were sent. A value of the wrong type or beyond its bounds refuses all of "
            "it; an unknown customer, one named twice and one whose values do not fit together "
            "are results."
        ),
        body=KycBulk,
        returns=list[KycResult],
        handler=kyc.store_kyc_of_many,
    ),
)
