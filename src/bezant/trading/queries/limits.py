"""What limits an order: how well the customer is known, and what the person holds already."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from bezant.customers.kyc import service as kyc
from bezant.customers.kyc.model import Standing
from bezant.kernel.db import Tx
from bezant.kernel.ids import CustomerId, PartnerId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.kernel.steps import Step, at_once, nothing
from bezant.ledger.assets import METALS, Asset

_METALS: Final = tuple(asset.sku for asset in METALS)

# All of it is read at one moment, so what is held belongs to the version that it says. What
# waits for its card is held already: once that has paid, nobody asks for limits again. The person
# is made rows of, as what is compared with is reckoned anew for each account that is looked at.
READ_STANDING: Final = """
    SELECT (
        SELECT json_build_array(
                   c.customer_id, kyc_standing(c.partner_id, c.customer_id, $3, $4),
                   (SELECT coalesce(json_object_agg(h.asset, h.balance), '{}')
                      FROM (SELECT m.asset, sum(m.units) AS balance
                              FROM unnest(kyc_person($1, c.customer_id)) AS p (holder),
                                   LATERAL (
                                    SELECT a.asset, a.balance AS units FROM ledger_account a
                                     WHERE a.partner_id = $1 AND a.kind = 'customer'
                                       AND a.holder = p.holder AND a.asset = ANY ($5::text[])
                                    UNION ALL
                                    SELECT i.asset, i.amount FROM digital_order o
                                      JOIN digital_order_item i USING (partner_id, order_id)
                                     WHERE o.partner_id = $1 AND o.waits_until IS NOT NULL
                                       AND o.customer_id = p.holder) m
                             GROUP BY m.asset) h))
          FROM customer c WHERE c.partner_id = $1 AND c.external_id = $2)
"""

HOLD_STANDING: Final = """
    SELECT (
        SELECT kyc_standing_held(c.partner_id, c.customer_id, $3, $4)::text
          FROM customer c WHERE c.partner_id = $1 AND c.external_id = $2)
"""


class PersonStanding(msgspec.Struct, frozen=True):
    """What an order of a customer is decided on; `held` are micrograms of the whole person."""

    customer_id: CustomerId
    standing: Standing
    held: Mapping[Metal, int]


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """Which customer's order it is, in which currency, on which day."""

    partner_id: PartnerId
    customer: str
    currency: Currency
    day: date


class _Row(msgspec.Struct, frozen=True, array_like=True):
    customer_id: CustomerId
    standing: msgspec.Raw
    held: dict[str, int]


_ROW: Final = msgspec.json.Decoder(_Row)


def read_standing(whose: Whose) -> Step[PersonStanding | None]:
    """Reads it; None for a stranger."""

    def read(told: str | None) -> PersonStanding | None:
        if told is None:
            return None
        row = _ROW.decode(told)
        held: dict[Metal, int] = {}
        for sku, units in row.held.items():
            metal = Asset[sku].metal
            held[metal] = held.get(metal, 0) + units
        standing = kyc.told_standing(bytes(row.standing), whose.currency)
        return PersonStanding(row.customer_id, standing, held)

    args = (*_args(whose), _METALS)
    return Step(READ_STANDING, args, read, only_reads=True)


async def hold_standing(tx: Tx, whose: Whose) -> None:
    """Whoever orders for this person waits until the transaction ends; nobody for a stranger."""
    await at_once(tx, Step(HOLD_STANDING, _args(whose), nothing))


def _args(whose: Whose) -> tuple[object, ...]:
    return (whose.partner_id, whose.customer, whose.currency, whose.day)
