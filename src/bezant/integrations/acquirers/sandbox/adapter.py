"""The sandbox as an acquirer: what Bezant pays through on a laptop, in tests and under load.

Invariant: what the browser or a notice says is checked for who says it and then forgotten;
what became of a charge is always asked from server to server.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from bezant.integrations.acquirers.sandbox.access import (
    SIGNATURE_HEADER,
    Purpose,
    SandboxAccess,
    is_return_signed,
    is_signed,
)
from bezant.integrations.acquirers.sandbox.line import Line
from bezant.integrations.acquirers.sandbox.wire import (
    BuyerSent,
    CardSent,
    ChargeSent,
    ChargeTold,
    InstalmentTold,
    KeepingSent,
    KeptSent,
    KeptTold,
    MovementKind,
    NoticeSent,
    RefundSent,
    RefundTold,
)
from bezant.kernel.money import MINOR_UNITS, Currency, Money
from bezant.payments.acquirer import (
    AcquirerAway,
    Buyer,
    CardKeeping,
    CardKeepingUnavailable,
    Challenge,
    Charge,
    ChargeReference,
    ChargeState,
    KeptCard,
    NewKeptCard,
    NoticeForged,
    Outcome,
    RefundAsked,
    RefundOutcome,
    Returned,
    Settlement,
)
from bezant.payments.card import CardInHand, Secret
from bezant.payments.model import InstalmentRate

__all__ = ["SandboxAccess", "SandboxAcquirer"]

NAME: Final = "sandbox"


class SandboxAcquirer:
    """An `Acquirer` that takes no money."""

    def __init__(self, access: SandboxAccess) -> None:
        self._line = Line(access)
        self._key = access.signing_key

    @property
    def name(self) -> str:
        """What the acquirer is called in the books."""
        return NAME

    @property
    def keeps_paid_cards(self) -> bool:
        """Whether a card can be kept along with a charge that passes 3-D."""
        return True

    async def start(self, charge: Charge) -> Outcome | Challenge:
        """Begins a charge. Raises `AcquirerAway`."""
        told = await self._told(charge.reference, "/charges", _charge_sent(charge))
        if told.challenge_url and told.state is ChargeState.UNDECIDED:
            return Challenge(url=told.challenge_url)
        return _outcome(told)

    async def confirm(self, reference: ChargeReference, returned: Returned) -> Outcome:
        """What became of a charge whose customer is back. Raises `NoticeForged`, `AcquirerAway`."""
        self._require_ours(reference, returned)
        return await self.query(reference)

    async def query(self, reference: ChargeReference) -> Outcome:
        """What has become of a charge. Raises `AcquirerAway`."""
        return _outcome(await self._told(reference, f"/charges/{quote(reference, safe='')}"))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> ChargeReference:
        """Which charge a notice is about. Raises `NoticeForged`."""
        signature = headers.get(SIGNATURE_HEADER, "")
        if not is_signed(signature, self._key, Purpose.NOTICE, body):
            raise NoticeForged
        try:
            return ChargeReference(msgspec.json.decode(body, type=NoticeSent).reference)
        except msgspec.DecodeError:
            raise NoticeForged from None

    async def refund(self, asked: RefundAsked) -> RefundOutcome:
        """Gives money back. Raises `AcquirerAway`."""
        sent = RefundSent(
            reference=asked.reference,
            charge=asked.charge,
            amount=asked.amount.minor,
            currency=asked.amount.currency,
        )
        told = await self._line.ask(RefundTold, "/refunds", sent)
        if told.reference != asked.reference:
            raise AcquirerAway
        return RefundOutcome(
            state=told.state, transaction_id=told.transaction_id, explanation=told.explanation
        )

    async def instalments(self, digits: str, amount: Money) -> Sequence[InstalmentRate]:
        """What the sandbox asks for paying with such a card. Raises `AcquirerAway`."""
        asked = {"digits": digits, "amount": amount.minor, "currency": amount.currency}
        told = await self._line.ask(list[InstalmentTold], f"/instalments?{urlencode(asked)}")
        return [
            InstalmentRate(each.instalment, each.real_instalment, each.basis_points)
            for each in told
        ]

    async def keep_card(self, card: CardInHand, keeping: CardKeeping) -> NewKeptCard | Challenge:
        """Has a card kept. Raises `CardKeepingUnavailable`, `AcquirerAway`."""
        sent = KeepingSent(
            reference=keeping.reference,
            owner=keeping.owner,
            card=_card_sent(card),
            buyer=_buyer_sent(keeping.buyer),
            return_url=keeping.return_url,
            language=keeping.language,
        )
        told = await self._told(keeping.reference, "/cards", sent)
        if told.challenge_url and told.state is ChargeState.UNDECIDED:
            return Challenge(url=told.challenge_url)
        if told.kept is None:
            raise CardKeepingUnavailable
        return _new_kept_card(told.kept)

    async def kept_card(self, reference: ChargeReference, returned: Returned) -> NewKeptCard | None:
        """The card that was kept, or None. Raises `NoticeForged`, `AcquirerAway`."""
        return (await self.confirm(reference, returned)).kept_card

    async def forget_card(self, token: Secret, owner: str) -> None:
        """Has a kept card forgotten. Raises `AcquirerAway`."""
        owned = urlencode({"owner": owner})
        await self._line.answer("DELETE", f"/cards/{quote(token.reveal(), safe='')}?{owned}")

    async def settlements(self, day: date) -> Sequence[Settlement]:
        """The sandbox's file of one day, in UTC. Raises `AcquirerAway`."""
        text = (await self._line.answer("GET", f"/settlements/{day.isoformat()}")).decode()
        try:
            return [_settlement(row) for row in csv.DictReader(io.StringIO(text))]
        except (KeyError, ValueError, ArithmeticError):
            raise AcquirerAway from None

    async def close(self) -> None:
        """Ends its connections."""
        await self._line.close()

    async def _told(
        self, reference: ChargeReference, path: str, sent: ChargeSent | KeepingSent | None = None
    ) -> ChargeTold:
        told = await self._line.ask(ChargeTold, path, sent)
        if told.reference != reference:
            raise AcquirerAway
        return told

    def _require_ours(self, reference: ChargeReference, returned: Returned) -> None:
        """Raises `NoticeForged` unless the sandbox sent the browser back for this charge."""
        if returned.get("reference") != reference or not is_return_signed(self._key, returned):
            raise NoticeForged


def _charge_sent(charge: Charge) -> ChargeSent:
    card = charge.card
    return ChargeSent(
        reference=charge.reference,
        amount=charge.amount.minor,
        currency=charge.amount.currency,
        instalment=charge.instalment,
        card=_kept_sent(card) if isinstance(card, KeptCard) else _card_sent(card),
        is_3d=charge.is_3d,
        buyer=_buyer_sent(charge.buyer),
        return_url=charge.return_url,
        language=charge.language,
        description=charge.description,
        keep_as=charge.keep_as,
    )


def _card_sent(card: CardInHand) -> CardSent:
    # A card in hand has been read, so its last month is known.
    assert card.face.expiry is not None
    return CardSent(
        number=card.number.reveal(),
        cvv=card.cvv.reveal(),
        holder=card.face.holder,
        expiry=card.face.expiry,
    )


def _kept_sent(card: KeptCard) -> KeptSent:
    cvv = None if card.cvv is None else card.cvv.reveal()
    return KeptSent(token=card.token.reveal(), owner=card.owner, cvv=cvv)


def _buyer_sent(buyer: Buyer) -> BuyerSent:
    return BuyerSent(name=buyer.name, email=buyer.email, phone=buyer.phone, ip=buyer.ip)


def _outcome(told: ChargeTold) -> Outcome:
    return Outcome(
        reference=ChargeReference(told.reference),
        state=told.state,
        transaction_id=told.transaction_id,
        order_reference=told.order_reference,
        auth_mode=told.auth_mode,
        reason=told.reason,
        explanation=told.explanation,
        captured=told.captured,
        refunded=told.refunded,
        kept_card=None if told.kept is None else _new_kept_card(told.kept),
    )


def _new_kept_card(told: KeptTold) -> NewKeptCard:
    return NewKeptCard(token=Secret(told.token), face=told.face)


def _settlement(row: Mapping[str, str]) -> Settlement:
    currency = Currency(row["currency"])
    return Settlement(
        reference=row["reference"],
        is_refund=MovementKind(row["kind"]) is MovementKind.REFUND,
        amount=_money(row["amount"], currency),
        commission=_money(row["commission"], currency),
    )


def _money(text: str, currency: Currency) -> Money:
    minor = Decimal(text) * MINOR_UNITS
    if minor != int(minor):
        raise ValueError("an amount that is no whole number of minor units")
    return Money(int(minor), currency)
