"""The card form: what was typed, what of it is shown again, and which plan was agreed to.

Invariants: number and verification value are never shown again; a card is charged what the
page said that this card is charged, or the page is shown once more with what it would be.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bezant.kernel.errors import Invalid
from bezant.kernel.texts import Text
from bezant.payments.card import BIN_DIGITS, LONG_BIN_DIGITS, CardForm, CardInHand
from bezant.payments.model import AT_ONCE
from bezant.payments.views import InstalmentPlan, PayView
from bezant.web.pay.visit import Fields

HOLDER, NUMBER, EXPIRY, CVV = "card_holder", "card_number", "card_expiry", "card_cvv"
PLAN, BIN, KEEP = "plan", "bin", "save_card"
MAX_SHOWN: Final = 100
_PLAN: Final = re.compile(r"([0-9]{1,2})-([0-9]{1,15})")
_BIN: Final = re.compile(rf"[0-9]{{{BIN_DIGITS},{LONG_BIN_DIGITS}}}")
_MONTH: Final = re.compile(r"([0-9]{2})[ .-]?((?:20)?[0-9]{2})")
_GAPS: Final = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan as its choice on the page stood: how often, and what in all, in minor units."""

    instalment: int
    total_minor: int

    @classmethod
    def read(cls, text: str) -> "Agreed | None":
        """The choice that a form brought; None for what is none."""
        found = _PLAN.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def to(cls, plan: InstalmentPlan) -> "Agreed":
        """The choice of a plan."""
        return cls(plan.rate.instalment, plan.total.minor)

    @classmethod
    def at_once(cls, view: PayView) -> "Agreed":
        """The only choice while no card is known."""
        return cls(AT_ONCE, (view.total + view.cost).minor)

    def __str__(self) -> str:
        return f"{self.instalment}-{self.total_minor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInputs:
    """What stands in a card's inputs. `wrong` maps an input's name to what is wrong with it."""

    holder: str = ""
    expiry: str = ""
    wrong: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownForm(CardInputs):
    """What stands in the form of a payment."""

    bin: str = ""
    plans: Sequence[InstalmentPlan] = ()
    agreed: Agreed
    keeps_card: bool = False


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A card form as it was sent."""

    card: CardForm
    agreed: Agreed | None
    bin: str
    keeps_card: bool

    @classmethod
    def of(cls, fields: Fields) -> "TypedForm":
        """Reads what was sent; what is wrong with the card is told by `CardInHand.read`."""
        holder, number, expiry, cvv = (
            fields.get(name, "").strip() for name in (HOLDER, NUMBER, EXPIRY, CVV)
        )
        # A phone's keys for numbers have no stroke.
        month = _MONTH.fullmatch(expiry)
        card = CardForm(holder, number, f"{month[1]}/{month[2]}" if month else expiry, cvv)
        return cls(card, Agreed.read(fields.get(PLAN, "")), read_bin(fields), KEEP in fields)

    def in_hand(self, today: date) -> CardInHand:
        """The card. Raises `Invalid`."""
        if self.card.holder and not _may_be_name(self.card.holder):
            raise Invalid.field(HOLDER, "card.holder")
        return CardInHand.read(self.card, today=today)

    def inputs(self, wrong: Mapping[str, Text]) -> CardInputs:
        """The inputs again, with what may be shown of them."""
        # A number that was typed into the wrong input is not shown either.
        holder = self.card.holder if _may_be_name(self.card.holder) else ""
        return CardInputs(
            holder=holder, expiry="" if EXPIRY in wrong else self.card.expiry, wrong=wrong
        )

    def shown(
        self, view: PayView, *, plans: Sequence[InstalmentPlan], wrong: Mapping[str, Text]
    ) -> ShownForm:
        """The form again, with what may be shown of it."""
        kept = self.inputs(wrong)
        return ShownForm(
            holder=kept.holder,
            expiry=kept.expiry,
            bin=self.bin,
            plans=plans,
            agreed=_chosen_of(plans, self.agreed) or Agreed.at_once(view),
            keeps_card=self.keeps_card,
            wrong=wrong,
        )


def read_bin(fields: Fields) -> str:
    """The first digits of a card, six to eight; empty for anything else."""
    digits = fields.get(BIN, "").translate(_GAPS)
    return digits if _BIN.fullmatch(digits) else ""


def agreed_plan(
    view: PayView, agreed: Agreed | None, plans: Sequence[InstalmentPlan]
) -> Agreed | Text:
    """What was agreed to, if a card with these `plans` costs that; else what is wrong with it."""
    offered = [Agreed.to(plan) for plan in plans] or [Agreed.at_once(view)]
    if agreed is not None and agreed in offered:
        return agreed
    if agreed is not None and agreed.instalment in {each.instalment for each in offered}:
        return Text("pay.plan_costs_otherwise")
    return Text("pay.plan_of_another_card")


def _chosen_of(plans: Sequence[InstalmentPlan], agreed: Agreed | None) -> Agreed | None:
    """The same number of payments at what they cost now; the first where there is none."""
    choices = [Agreed.to(plan) for plan in plans]
    same = (each for each in choices if agreed and each.instalment == agreed.instalment)
    return next(same, choices[0] if choices else None)


def _may_be_name(text: str) -> bool:
    return len(text) <= MAX_SHOWN and not any(letter.isdigit() for letter in text)
