"""Cards in hand, and cards that a customer has kept already."""

from datetime import date, datetime
from typing import Final

from bezant.customers import service as customers
from bezant.customers.model import AccountType, Customer, NewCustomer, Person
from bezant.kernel.db import Database
from bezant.kernel.ids import PartnerId, random_token
from bezant.payments.acquirer import NewKeptCard
from bezant.payments.card import CardExpiry, CardFace, CardForm, CardInHand, Secret
from bezant.payments.kept import CardOwner, CardToRemember, StoredCard
from bezant.payments.service import cards
from bezant.payments.vault import CardVault
from tests.factories.clock import A_MORNING
from tests.factories.shop import SECRET_KEY

NUMBER: Final = "4543601234567890"
OTHER_NUMBER: Final = "5400610123456783"
CVV: Final = "973"
HOLDER: Final = "Ayşe Çınar"
TODAY: Final = date(2026, 6, 1)


def the_vault() -> CardVault:
    """The vault of a deployment with the tests' secret key and no key of its own for cards."""
    return CardVault([SECRET_KEY.encode()])


def a_card(number: str = NUMBER, *, holder: str = HOLDER, expiry: str = "12/30") -> CardInHand:
    """A card as a customer gives it."""
    return CardInHand.read(CardForm(holder, number, expiry, CVV), today=TODAY)


def a_face(last_four: str = "7897", *, holder: str = HOLDER) -> CardFace:
    """What is shown of a card."""
    return CardFace(
        holder=holder,
        bin="45436012",
        last_four=last_four,
        expiry=CardExpiry(2030, 12),
        association="VISA",
    )


async def a_customer(db: Database, partner_id: PartnerId) -> Customer:
    """A new customer of a partner."""
    person = Person(
        firstname="Ayşe", lastname="Çınar", email="a@example.com", phone="+905551112233"
    )
    new = NewCustomer(random_token(), AccountType.PERSON, person, tax_office="", channel="web")
    async with db.transaction() as tx:
        return await customers.create_customer(tx, partner_id, new, now=A_MORNING)


async def kept_card(
    db: Database,
    owner: CardOwner,
    *,
    acquirer: str = "fake",
    face: CardFace | None = None,
    token: str | None = None,
    now: datetime = A_MORNING,
) -> StoredCard:
    """A card that the fake acquirer has just kept for a customer, and that is remembered."""
    kept = NewKeptCard(token=Secret(token or f"tok{random_token()}"), face=face or a_face())
    new = CardToRemember(owner=owner, acquirer=acquirer, kept=kept, is_default=False)
    card = await db.write(lambda tx: cards.remember(tx, new, vault=the_vault(), now=now))
    assert isinstance(card, StoredCard)
    return card
