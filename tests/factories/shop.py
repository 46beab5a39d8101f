"""Partners for tests, each with a credential that may do everything, and their customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import httpx

from bezant.kernel.db import Database
from bezant.kernel.money import Currency
from bezant.kernel.sealing import Sealer, derive_key
from bezant.partners.model import Allowance, Credential, Network, NewCredential, Partner, Scope
from bezant.partners.service import accounts
from bezant.partners.service.accounts import Safe

SECRET_KEY = "a secret key of the tests, long enough"
LEGALS: list[dict[str, str | int]] = [
    {"type": "preliminary-information", "version": 1},
    {"type": "distance-sales", "version": 1},
]
"""The documents that a customer has to accept."""
PLENTY = Allowance(10_000_000, 10_000_000)


@dataclass(frozen=True)
class SignIn:
    """A partner's way in, with its secret."""

    partner: Partner
    credential: Credential
    secret: str

    @property
    def auth(self) -> httpx.DigestAuth:
        """A fresh Digest conversation."""
        return httpx.DigestAuth(self.credential.username, self.secret)


def test_safe() -> Safe:
    """The safe of a deployment with the tests' secret key."""
    sealer = Sealer(derive_key(SECRET_KEY.encode(), "credentials"))
    return Safe.under(sealer, realm="bezant")


async def make_sign_in(
    db: Database,
    *,
    now: datetime,
    currency: Currency = Currency.TRY,
    scopes: frozenset[Scope] = frozenset(Scope),
    allowance: Allowance = PLENTY,
    networks: tuple[Network, ...] = (),
    allows_no_qop: bool = False,
    expires_at: datetime | None = None,
    partner: Partner | None = None,
) -> SignIn:
    """A new partner (unless one is given) with a credential."""
    async with db.transaction() as tx:
        if partner is None:
            code = f"p-{uuid4().hex[:16]}"
            partner = await accounts.create_partner(
                tx, code=code, name="A partner", currency=currency, now=now
            )
        new = NewCredential(
            "test", scopes, allowance, networks, allows_no_qop=allows_no_qop, expires_at=expires_at
        )
        issued = await accounts.create_credential(
            tx, new, partner=partner, safe=test_safe(), now=now
        )
    return SignIn(partner, issued.credential, issued.secret)


def customer_body(**changes: object) -> dict[str, object]:
    """The body that makes a customer."""
    body: dict[str, object] = {
        "external_id": f"c{uuid4().hex[:23]}",
        "firstname": "John",
        "lastname": "Due",
        "email": "john.due@example.com",
        "phone": "+905556242399",
        "gender": "M",
        "identity_number": "96356247895",
        "birthdate": "1981-06-10",
    }
    return body | changes


def shipping_body(**changes: object) -> dict[str, object]:
    """A shipping address."""
    body: dict[str, object] = {
        "external_id": "66b3666fcc19b0487e691695",
        "tax_number": "12313123312",
        "fullname": "John Due",
        "phone": "+905071112233",
        "city": "Ankara",
        "county": "Çankaya",
        "district": "District",
        "address": "açık adres",
    }
    return body | changes


def billing_body(**changes: object) -> dict[str, object]:
    """A billing address of a person."""
    body: dict[str, object] = shipping_body() | {
        "invoice_type": "Individual",
        "tax_number": "123131231",
        "email": "john.due@example.com",
    }
    return body | changes


@dataclass(frozen=True)
class Reply:
    """An answer of the API, its envelope read."""

    status: int
    body: Mapping[str, object]
    headers: httpx.Headers

    @property
    def data(self) -> "Mapping[str, object]":
        """What was asked for."""
        found = self.body["data"]
        assert isinstance(found, Mapping), self.body
        return found

    @property
    def items(self) -> "list[Mapping[str, object]]":
        """A list that was asked for, or the items of a basket."""
        found = self.body["data"]
        if isinstance(found, Mapping):
            found = found["items"] if "items" in found else found["data"]
        assert isinstance(found, list), self.body
        return found

    @property
    def errors(self) -> "Mapping[str, list[str]]":
        """What was wrong with which field."""
        found = self.body["errors"]
        assert isinstance(found, Mapping)
        return found
