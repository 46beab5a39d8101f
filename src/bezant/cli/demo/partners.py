"""The demo's three partners, what each pays above the market, and their ways in.

Invariants: a partner has one live credential named `demo`, whose secret is in the record;
one whose secret is not known there any more is ended before another is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bezant.cli.demo.record import DemoPartner
from bezant.kernel.db import Connection, Tx
from bezant.kernel.ids import ProductId
from bezant.kernel.metal import Metal
from bezant.kernel.money import Currency
from bezant.kernel.sealing import SealBroken
from bezant.ledger.assets import METALS, Asset
from bezant.partners.model import (
    Allowance,
    Credential,
    HashName,
    NewCredential,
    NoSuchPartner,
    Partner,
    Scope,
)
from bezant.partners.service import accounts
from bezant.partners.service.accounts import Safe
from bezant.pricing import service as pricing
from bezant.pricing.model import Part, PartRule
from bezant.trading import quoting
from bezant.trading.model import Spread

CREDENTIAL_NAME: Final = "demo"
ALLOWANCE: Final = Allowance(10_000_000, 10_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPlan:
    """A partner to be: spreads by metal in basis points, and price parts of its own by sku.

    `digital` are the spreads of digital metal, of who buys and of who sells.
    """

    code: str
    name: str
    spreads: Mapping[Metal, int]
    parts: Mapping[str, Mapping[Part, PartRule]]
    digital: Mapping[Asset, Spread]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A user name and its secret."""

    username: str
    secret: str


def _digital(
    *, gold: tuple[int, int], silver: tuple[int, int], others: tuple[int, int]
) -> Mapping[Asset, Spread]:
    """The spreads of a metal's wallets, which are the same for all of one metal."""
    by_metal = {Metal.GOLD: gold, Metal.SILVER: silver}
    return {asset: Spread(*by_metal.get(asset.metal, others)) for asset in METALS}


PLANS: Final = (
    PartnerPlan(
        code="bosphorus-bank",
        name="Bosphorus Bank",
        spreads={Metal.GOLD: 0, Metal.SILVER: 60, Metal.PLATINUM: 90, Metal.PALLADIUM: 110},
        parts={},
        digital=_digital(gold=(60, 40), silver=(150, 120), others=(200, 180)),
    ),
    PartnerPlan(
        code="lydia-wallet",
        name="Lydia Wallet",
        spreads={Metal.GOLD: 45, Metal.SILVER: 140, Metal.PLATINUM: 180, Metal.PALLADIUM: 200},
        parts={
            "MNT0002": {Part.MINTED_MARKUP: PartRule(9_500, 120)},
            "MNT0003": {Part.MINTED_MARKUP: PartRule(9_000, 100)},
            "SLB0001": {Part.SHIPPING: PartRule(4_900, 0)},
        },
        digital=_digital(gold=(120, 110), silver=(260, 240), others=(320, 300)),
    ),
    PartnerPlan(
        code="karun-market",
        name="Karun Market",
        spreads={Metal.GOLD: 20, Metal.SILVER: 85, Metal.PLATINUM: 120, Metal.PALLADIUM: 150},
        parts={
            "MNT0001": {
                Part.MARKET_COMMISSION: PartRule(0, 450),
                Part.SHIPPING: PartRule(3_900, 0),
            },
            "CST0001": {Part.MARKET_COMMISSION: PartRule(0, 60)},
            "ZYN0001": {
                Part.MARKET_COMMISSION: PartRule(0, 250),
                Part.INSURANCE: PartRule(500, 10),
            },
        },
        digital=_digital(gold=(90, 70), silver=(200, 170), others=(250, 230)),
    ),
)


async def open_partner(
    tx: Tx, plan: PartnerPlan, *, products: Mapping[str, ProductId], now: datetime
) -> Partner:
    """The partner with this code, made with its prices when there is none."""
    try:
        return await accounts.find_partner(tx, plan.code)
    except NoSuchPartner:
        pass
    partner = await accounts.create_partner(
        tx, code=plan.code, name=plan.name, currency=Currency.TRY, now=now
    )
    for metal, basis_points in plan.spreads.items():
        await pricing.set_spread(tx, partner.partner_id, metal, basis_points=basis_points)
    await quoting.set_spreads(tx, partner.partner_id, plan.digital)
    parts = {products[sku]: rules for sku, rules in plan.parts.items() if sku in products}
    await pricing.set_partner_parts(tx, partner.partner_id, parts, currency=partner.currency)
    return partner


async def let_in(
    tx: Tx, partner: Partner, *, safe: Safe, known: DemoPartner | None, now: datetime
) -> SignIn:
    """The way in that is known, if it still works; otherwise a new one in its place."""
    if known is not None and await _works(tx, known, safe=safe, now=now):
        return SignIn(known.username, known.secret)
    for old in await accounts.list_credentials(tx, partner.code):
        if old.name == CREDENTIAL_NAME and not _is_over(old, now):
            await accounts.revoke_credential(tx, old.username, now=now)
    new = NewCredential(CREDENTIAL_NAME, frozenset(Scope), ALLOWANCE)
    issued = await accounts.create_credential(tx, new, partner=partner, safe=safe, now=now)
    return SignIn(issued.credential.username, issued.secret)


async def _works(connection: Connection, known: DemoPartner, *, safe: Safe, now: datetime) -> bool:
    try:
        found = await accounts.find_credential(connection, known.username, safe=safe)
    except SealBroken:
        return False
    if found is None or found.partner.code != known.code or _is_over(found, now):
        return False
    expected = accounts.ha1(
        HashName.SHA256, username=known.username, realm=safe.realm, secret=known.secret
    )
    return found.ha1[HashName.SHA256] == expected


def _is_over(credential: Credential, now: datetime) -> bool:
    """Whether it has ended. That its partner is disabled is the operator's wish and stays so."""
    return credential.expires_at is not None and credential.expires_at <= now
