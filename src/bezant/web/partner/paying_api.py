"""The operations that tell what paying costs; `api` puts these among all the others."""

from typing import Final

from bezant.partners.model import Scope
from bezant.payments.till import CardPaymentsOff
from bezant.web.operations import Group, Method, Operation
from bezant.web.partner.routes import payments
from bezant.web.partner.wire.payments import BinGet, Installment, PaymentType, WaysQuery

PAYING: Final = (
    Operation(
        method=Method.GET,
        path="/partner/payment/types",
        name="listWaysToPay",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="List the ways to pay for digital metal",
        text=(
            "The ways to pay an order of digital metal, with the instalments of a card whose "
            "first digits are given, for `total` if one is."
        ),
        query=WaysQuery,
        returns=list[PaymentType],
        handler=payments.list_ways_to_pay,
    ),
    Operation(
        method=Method.POST,
        path="/partner/payment/bin",
        name="listInstalments",
        group=Group.DIGITAL,
        scope=Scope.ORDERS_READ,
        summary="List the instalments of a card",
        text=(
            "What paying `total` with a card that begins with these six or eight digits costs, "
            "at once and in the instalments of its bank. A card that we do not know is paid at "
            "once. Changes nothing."
        ),
        body=BinGet,
        returns=list[Installment],
        handler=payments.list_instalments,
        refusals=(CardPaymentsOff,),
    ),
)
