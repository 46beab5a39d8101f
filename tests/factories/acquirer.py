"""An acquirer in memory: it does to each charge what the test planned, and remembers all of it.

Invariants: a reference is taken once (a second `start` with it is a defect of the caller);
a refund's reference pays once; nothing is decided by what a browser brings.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bezant.kernel.ids import random_token
from bezant.kernel.money import Money
from bezant.payments.acquirer import (
    AcquirerAway,
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
    RefundReference,
    RefundState,
    Returned,
)
from bezant.payments.card import CardFace, CardInHand, Secret
from bezant.payments.model import InstalmentRate

BANK: Final = "https://3d.bank.test"
NO_FUNDS: Final = "051"
NOT_PASSED: Final = "050"
NO_SUCH_CARD: Final = "096"
SIGNED: Final = "signed by the fake"


class Turn(StrEnum):
    """What comes of a charge, or of keeping a card, when it is sent."""

    CAPTURED = "captured"
    """Taken, or kept, at once."""
    DECLINED = "declined"
    CHALLENGED = "challenged"
    """The customer has to pass 3-D: see `pass_3d` and `fail_3d`."""
    UNDECIDED = "undecided"
    """The acquirer has it and says nothing yet: see `decide`."""
    ANSWER_LOST = "answer lost"
    """Taken, or kept, and nobody hears of it."""
    NEVER_ARRIVED = "never arrived"


@dataclass
class TakenCharge:
    """A charge as the acquirer has it."""

    charge: Charge
    state: ChargeState
    is_approved: bool = False
    reason: str = ""
    captured: Money | None = None
    refunded: Money | None = None
    kept: NewKeptCard | None = None
    number: int = 0


@dataclass
class TakenKeeping:
    """A card that somebody wants kept, as the acquirer has it."""

    card: CardInHand
    keeping: CardKeeping
    is_approved: bool = False
    kept: NewKeptCard | None = None


@dataclass(frozen=True)
class CardAtAcquirer:
    """A card that is kept."""

    owner: str
    face: CardFace


@dataclass
class FakeAcquirer:
    """An `Acquirer`. What is planned comes in order; without a plan 3-D is asked where wanted.

    `before_call` is awaited with the name of each method before it does anything, for a race
    or for a look at what the caller holds meanwhile. While `is_away` nothing gets through.
    """

    name: str = "fake"
    keeps_cards: bool = True
    is_away: bool = False
    plan: deque[Turn] = field(default_factory=deque)
    keeping_plan: deque[Turn] = field(default_factory=deque)
    decline_reason: str = NO_FUNDS
    rates: Sequence[InstalmentRate] = ()
    before_call: Callable[[str], Awaitable[None]] | None = None
    captured_otherwise: Money | None = None
    """What is taken instead of what was asked, by a bank that makes a mistake."""
    taken: dict[ChargeReference, TakenCharge] = field(default_factory=dict)
    keepings: dict[ChargeReference, TakenKeeping] = field(default_factory=dict)
    kept: dict[str, CardAtAcquirer] = field(default_factory=dict)
    refunds: dict[RefundReference, tuple[RefundAsked, RefundOutcome]] = field(default_factory=dict)
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    """Tokens and owners of the cards that were to be forgotten."""
    calls: list[str] = field(default_factory=list)
    is_closed: bool = False
    keeps_paid_cards: bool = True
    gives_new_tokens: bool = False
    """Whether a card that is kept already gets another token when it is kept again."""
    _tokens: dict[tuple[str, Secret], str] = field(default_factory=dict, repr=False)

    @property
    def charges(self) -> list[Charge]:
        """The charges that arrived, in order."""
        return [each.charge for each in self.taken.values()]

    @property
    def cash(self) -> int:
        """What was taken and not given back, in minor units."""
        return sum(
            (each.captured.minor if each.captured else 0)
            - (each.refunded.minor if each.refunded else 0)
            for each in self.taken.values()
        )

    def plans(self, *turns: Turn) -> None:
        """Adds to what comes of the next charges."""
        self.plan.extend(turns)

    def plans_keeping(self, *turns: Turn) -> None:
        """Adds to what comes of the next cards to be kept."""
        self.keeping_plan.extend(turns)

    def pass_3d(self, reference: ChargeReference) -> dict[str, str]:
        """The customer passes 3-D; what the browser brings back."""
        if reference in self.keepings:
            self.keepings[reference].is_approved = True
        else:
            self.taken[reference].is_approved = True
        return {"reference": reference, "signature": SIGNED}

    def fail_3d(self, reference: ChargeReference) -> dict[str, str]:
        """The customer does not pass 3-D; what the browser brings back."""
        if reference in self.taken:
            self.decide(reference, ChargeState.DECLINED, reason=NOT_PASSED)
        return {"reference": reference, "signature": SIGNED}

    def decide(self, reference: ChargeReference, state: ChargeState, *, reason: str = "") -> None:
        """The acquirer itself decides a charge, at whatever moment the test wants."""
        found = self.taken[reference]
        if state is ChargeState.CAPTURED:
            self._capture(found)
        else:
            found.state, found.reason = state, reason

    def notice(self, reference: ChargeReference) -> tuple[dict[str, str], bytes]:
        """Header fields and body of a notice about a charge."""
        return {"x-fake-signature": SIGNED}, reference.encode()

    async def start(self, charge: Charge) -> Outcome | Challenge:
        """Does to a charge what was planned."""
        await self._called("start")
        assert charge.reference not in self.taken, "a reference is never sent twice"
        turn = self._turn(self.plan, is_3d=charge.is_3d)
        if turn is Turn.NEVER_ARRIVED:
            raise AcquirerAway
        found = TakenCharge(charge, ChargeState.UNDECIDED, number=len(self.taken) + 1)
        self.taken[charge.reference] = found
        if turn is Turn.CHALLENGED:
            return _challenge(charge.reference)
        if turn is Turn.DECLINED:
            found.state, found.reason = ChargeState.DECLINED, self.decline_reason
        elif not self._has(charge.card):
            found.state, found.reason = ChargeState.DECLINED, NO_SUCH_CARD
        elif turn is not Turn.UNDECIDED:
            self._capture(found)
        if turn is Turn.ANSWER_LOST:
            raise AcquirerAway
        return self._outcome(charge.reference)

    async def confirm(self, reference: ChargeReference, returned: Returned) -> Outcome:
        """What became of a charge; one whose customer passed 3-D is captured now."""
        await self._called("confirm")
        _require_signed(reference, returned)
        return self._settled(reference)

    async def query(self, reference: ChargeReference) -> Outcome:
        """What has become of a charge; one whose customer passed 3-D is captured now."""
        await self._called("query")
        return self._settled(reference)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> ChargeReference:
        """Which charge a notice is about. Raises `NoticeForged`."""
        if headers.get("x-fake-signature") != SIGNED:
            raise NoticeForged
        return ChargeReference(body.decode())

    async def refund(self, asked: RefundAsked) -> RefundOutcome:
        """Gives back at most what was taken; the same reference gives the first result."""
        await self._called("refund")
        if asked.reference in self.refunds:
            return self.refunds[asked.reference][1]
        found = self.taken.get(asked.charge)
        taken = found.captured.minor if found and found.captured else 0
        back = found.refunded.minor if found and found.refunded else 0
        if found is None or asked.amount.minor > taken - back:
            outcome = RefundOutcome(state=RefundState.REFUSED, explanation="Not that much taken")
        else:
            found.refunded = Money(back + asked.amount.minor, asked.amount.currency)
            outcome = RefundOutcome(
                state=RefundState.DONE, transaction_id=f"R{len(self.refunds) + 1}"
            )
        self.refunds[asked.reference] = (asked, outcome)
        return outcome

    async def instalments(self, digits: str, amount: Money) -> Sequence[InstalmentRate]:
        """The rates that the test set."""
        await self._called("instalments")
        return self.rates

    async def keep_card(self, card: CardInHand, keeping: CardKeeping) -> NewKeptCard | Challenge:
        """Does with a card what was planned."""
        await self._called("keep_card")
        assert keeping.reference not in self.keepings, "a reference is never sent twice"
        if not self.keeps_cards:
            raise CardKeepingUnavailable
        turn = self._turn(self.keeping_plan, is_3d=False)
        if turn is Turn.NEVER_ARRIVED:
            raise AcquirerAway
        found = TakenKeeping(card, keeping)
        self.keepings[keeping.reference] = found
        if turn in (Turn.CHALLENGED, Turn.UNDECIDED):
            return _challenge(keeping.reference)
        if turn is Turn.DECLINED:
            raise CardKeepingUnavailable
        found.kept = self._keep(card, keeping.owner)
        if turn is Turn.ANSWER_LOST:
            raise AcquirerAway
        return found.kept

    async def kept_card(self, reference: ChargeReference, returned: Returned) -> NewKeptCard | None:
        """The card whose customer passed 3-D."""
        await self._called("kept_card")
        _require_signed(reference, returned)
        found = self.keepings.get(reference)
        if found is not None and found.is_approved and found.kept is None:
            found.kept = self._keep(found.card, found.keeping.owner)
        return found.kept if found else None

    async def forget_card(self, token: Secret, owner: str) -> None:
        """Forgets a card of this owner, if there is one."""
        await self._called("forget_card")
        self.forgotten.append((token.reveal(), owner))
        if token.reveal() in self.kept and self.kept[token.reveal()].owner == owner:
            del self.kept[token.reveal()]

    async def close(self) -> None:
        """Notes that it was closed."""
        self.is_closed = True

    async def _called(self, method: str) -> None:
        if self.before_call is not None:
            await self.before_call(method)
        self.calls.append(method)
        if self.is_away:
            raise AcquirerAway

    def _turn(self, plan: deque[Turn], *, is_3d: bool) -> Turn:
        if plan:
            return plan.popleft()
        return Turn.CHALLENGED if is_3d else Turn.CAPTURED

    def _settled(self, reference: ChargeReference) -> Outcome:
        found = self.taken.get(reference)
        if found is not None and found.is_approved and found.state is ChargeState.UNDECIDED:
            self._capture(found)
        return self._outcome(reference)

    def _capture(self, found: TakenCharge) -> None:
        charge = found.charge
        found.state, found.reason = ChargeState.CAPTURED, ""
        found.captured = self.captured_otherwise or charge.amount
        if charge.keep_as is not None and self.keeps_cards and isinstance(charge.card, CardInHand):
            found.kept = self._keep(charge.card, charge.keep_as)

    def _has(self, card: CardInHand | KeptCard) -> bool:
        """Whether a card can be charged: one that is to be kept here is, by its owner."""
        if isinstance(card, CardInHand):
            return True
        kept = self.kept.get(card.token.reveal())
        return kept is not None and kept.owner == card.owner

    def _keep(self, card: CardInHand, owner: str) -> NewKeptCard:
        known = self._tokens.get((owner, card.number))
        token = f"tok{random_token(29)}" if known is None or self.gives_new_tokens else known
        self._tokens[owner, card.number] = token
        self.kept[token] = CardAtAcquirer(owner, card.face)
        return NewKeptCard(token=Secret(token), face=card.face)

    def _outcome(self, reference: ChargeReference) -> Outcome:
        found = self.taken.get(reference)
        if found is None:
            return Outcome(reference=reference, state=ChargeState.UNHEARD)
        is_captured = found.state is ChargeState.CAPTURED
        return Outcome(
            reference=reference,
            state=found.state,
            transaction_id=f"T{found.number}" if is_captured else "",
            order_reference=f"O{found.number}" if is_captured else "",
            auth_mode="3d" if is_captured and found.charge.is_3d else "",
            reason=found.reason,
            explanation="The fake says no" if found.reason else "",
            captured=found.captured,
            refunded=found.refunded
            or (Money.zero(found.charge.amount.currency) if is_captured else None),
            kept_card=found.kept,
        )


def _challenge(reference: ChargeReference) -> Challenge:
    return Challenge(url=f"{BANK}/acs", fields=(("reference", reference),))


def _require_signed(reference: ChargeReference, returned: Returned) -> None:
    if returned.get("reference") != reference or returned.get("signature") != SIGNED:
        raise NoticeForged
