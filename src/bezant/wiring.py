"""The composition root: what the house is made of, put together by hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Final
from zoneinfo import ZoneInfo

from bezant.checkout import payee as shop
from bezant.checkout.deals import Parties
from bezant.integrations.acquirers.sandbox.access import SandboxAccess
from bezant.integrations.acquirers.sandbox.adapter import SandboxAcquirer
from bezant.integrations.acquirers.sipay.access import SipayAccess
from bezant.integrations.acquirers.sipay.adapter import SipayAcquirer
from bezant.integrations.feeds.simulated import SimulatedFeed
from bezant.kernel.clock import Clock, SystemClock
from bezant.kernel.db import Database, PoolLimits
from bezant.kernel.money import Currency
from bezant.kernel.sealing import Sealer, derive_key, read_or_make_secret
from bezant.legal.model import InvoiceTerms, Operator
from bezant.partners.service.accounts import Safe
from bezant.payments.acquirer import Acquirer
from bezant.payments.card import Secret
from bezant.payments.kept import CardDesk
from bezant.payments.model import PaidFor
from bezant.payments.till import Payee, PayingTerms, Till
from bezant.payments.vault import CardVault
from bezant.pricing.feed import Feed
from bezant.settings import Settings, SettingsRefused
from bezant.trading import payee as digital
from bezant.web.authentication import Authentication, DoorRules
from bezant.web.call import House, ShopRules
from bezant.webhooks.service.endpoints import Vault

KEY_FILE: Final = "secret.key"
REPLY_LIMIT: Final = timedelta(minutes=2)
"""How long a charge without 3-D may be without a known end before it is given up."""
RESERVATION_GRACE: Final = timedelta(minutes=2)
"""How long pieces stay reserved beyond the last moment in which they can be paid."""


PAYEES: Final[Mapping[PaidFor, Payee]] = {PaidFor.SHOP: shop, PaidFor.DIGITAL: digital}
"""Whose orders cards pay for."""


@asynccontextmanager
async def open_house(
    settings: Settings, *, clock: Clock | None = None, acquirer: Acquirer | None = None
) -> AsyncIterator[House]:
    """What the doors need, with a pool of connections that closes at the end.

    An acquirer that is given stands in for the one of the settings.
    """
    db = await open_database(settings)
    house = house_on(db, settings, clock=clock or SystemClock(), acquirer=acquirer)
    try:
        yield house
    finally:
        await house.till.close()
        await db.close()


def house_on(
    db: Database, settings: Settings, *, clock: Clock, acquirer: Acquirer | None = None
) -> House:
    """What the doors need, on a pool of connections that somebody else closes."""
    till = till_of(settings, db, clock, acquirer=acquirer)
    return House(
        db=db,
        clock=clock,
        authentication=Authentication(db, _door_rules(settings)),
        rules=_shop_rules(settings),
        till=till,
        cards=card_desk_of(settings, till),
        fingerprint_key=_key(settings, "fingerprints"),
    )


async def open_database(settings: Settings) -> Database:
    """The pool of connections. An entry point has put the embedded one's address in place."""
    if settings.database_url is None:
        raise SettingsRefused("database_url: no database was given or started")
    limits = PoolLimits(
        connections=settings.database_connections,
        cached_statements=settings.database_cached_statements,
    )
    return await Database.connect(settings.database_url, limits)


def safe_of(settings: Settings) -> Safe:
    """What credentials are made and checked with."""
    return Safe.under(Sealer(_key(settings, "credentials")), realm=settings.realm)


def till_of(
    settings: Settings, db: Database, clock: Clock, *, acquirer: Acquirer | None = None
) -> Till:
    """What takes payments; an acquirer that is given stands in for the one of the settings."""
    terms = PayingTerms(
        window=timedelta(seconds=settings.payment_window_s),
        three_d_limit=timedelta(seconds=settings.three_d_limit_s),
        reply_limit=REPLY_LIMIT,
        grace=RESERVATION_GRACE,
        needs_3d=settings.three_d == "always",
        base_url=settings.base_url,
    )
    found = acquirer or acquirer_of(settings, clock)
    acquirers = {} if found is None else {found.name: found}
    vault = card_vault_of(settings)
    return Till(db=db, clock=clock, acquirers=acquirers, terms=terms, vault=vault, payees=PAYEES)


def acquirer_of(settings: Settings, clock: Clock) -> Acquirer | None:
    """Who takes card payments; None when nobody does."""
    if settings.acquirer == "sandbox":
        return SandboxAcquirer(SandboxAccess.under(settings.sandbox_url, sandbox_key_of(settings)))
    if settings.acquirer == "sipay":
        access = SipayAccess(
            base_url=settings.sipay_url,
            app_id=settings.sipay_app_id,
            app_secret=Secret(settings.sipay_app_secret),
            merchant_key=Secret(settings.sipay_merchant_key),
            currency=Currency(settings.sipay_currency),
            sale_web_hook_key=settings.sipay_web_hook_key,
        )
        return SipayAcquirer(access, clock=clock)
    return None


def sandbox_key_of(settings: Settings) -> str:
    """The secret that is shared with the sandbox."""
    return settings.sandbox_key or _key(settings, "sandbox").hex()


def webhook_vault_of(settings: Settings) -> Vault:
    """What the secrets of webhooks are sealed with, and where webhooks may go."""
    return Vault(Sealer(_key(settings, "webhooks")), allows_private=settings.webhooks_allow_private)


def card_desk_of(settings: Settings, till: Till) -> CardDesk | None:
    """What keeps and forgets cards; None where no cards are taken."""
    for acquirer in till.acquirers.values():
        vault = card_vault_of(settings)
        return CardDesk(till.db, till.clock, acquirer, vault, settings.base_url)
    return None


def card_vault_of(settings: Settings) -> CardVault:
    """What acquirers' tokens of kept cards are sealed with.

    The master secret always opens: it is what sealed before a key of its own was set.
    """
    master = _master_secret(settings)
    present = master if settings.vault_key is None else settings.vault_key.encode()
    return CardVault([present, *(key.encode() for key in settings.vault_previous_keys), master])


def feed_of(settings: Settings) -> Feed | None:
    """Where reference prices come from; None when staff enter them."""
    if settings.feed == "simulated":
        return SimulatedFeed(seed=settings.feed_seed)
    return None


def parties_of(settings: Settings) -> Parties:
    """Who stands in documents beside the customer; each partner is its own seller."""
    return Parties(seller="", operator=_operator(settings), zone=ZoneInfo(settings.time_zone))


def invoice_terms_of(settings: Settings) -> InvoiceTerms:
    """How invoices are numbered."""
    return InvoiceTerms(settings.invoice_series, ZoneInfo(settings.time_zone))


def _operator(settings: Settings) -> Operator:
    return Operator(
        settings.operator_name, settings.operator_address or "", settings.operator_contact or ""
    )


def _door_rules(settings: Settings) -> DoorRules:
    return DoorRules(
        safe=safe_of(settings),
        nonce_key=_key(settings, "nonces"),
        nonce_life_s=settings.nonce_life_s,
        path_prefix=settings.path_prefix,
        trusted_proxies=tuple(ip_network(network) for network in settings.trusted_proxies),
    )


def _shop_rules(settings: Settings) -> ShopRules:
    return ShopRules(
        base_url=settings.base_url,
        time_zone=ZoneInfo(settings.time_zone),
        hold_life=timedelta(seconds=settings.hold_life_s),
        price_age_limit=timedelta(seconds=settings.price_age_limit_s),
        checks_identity_numbers=settings.check_identity_numbers,
        operator=_operator(settings),
    )


def _key(settings: Settings, purpose: str) -> bytes:
    return derive_key(_master_secret(settings), purpose)


def _master_secret(settings: Settings) -> bytes:
    if settings.secret_key is not None:
        return settings.secret_key.encode()
    return read_or_make_secret(settings.data_dir / KEY_FILE)
