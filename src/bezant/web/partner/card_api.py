"""The operations of kept cards; `api` has all the others, and puts these among them."""

from typing import Final

from bezant.customers.model import NoSuchCustomer
from bezant.partners.model import Scope
from bezant.payments.kept import NoSuchCard, TooManyCards
from bezant.payments.till import CardPaymentsOff
from bezant.web.operations import Group, Method, Operation
from bezant.web.partner.routes import cards
from bezant.web.partner.wire.cards import CardAdd, CardEntry, CardList, CardRemove, WireCard

CARDS: Final = (
    Operation(
        method=Method.POST,
        path="/partner/cards",
        name="listCards",
        group=Group.CARDS,
        scope=Scope.CARDS_READ,
        summary="List kept cards",
        text=(
            "The cards that a customer has had kept, the default one first, then by last use. "
            "Changes nothing."
        ),
        body=CardList,
        returns=list[WireCard],
        handler=cards.list_cards,
        refusals=(NoSuchCustomer,),
    ),
    Operation(
        method=Method.POST,
        path="/partner/cards/add",
        name="addCard",
        group=Group.CARDS,
        scope=Scope.CARDS_WRITE,
        summary="Add a card",
        text=(
            "A page of ours, under `redirect_url`, on which the customer gives a card to be "
            "kept; for 30 minutes. It ends at `…/callback/success` or `…/callback/fail` below "
            "that address. A card that is kept already is kept once."
        ),
        body=CardAdd,
        returns=CardEntry,
        handler=cards.add_card,
        refusals=(NoSuchCustomer, TooManyCards, CardPaymentsOff),
    ),
    Operation(
        method=Method.DELETE,
        path="/partner/cards",
        name="removeCard",
        group=Group.CARDS,
        scope=Scope.CARDS_WRITE,
        summary="Remove a card",
        text=(
            "Removes a kept card, here at once and at the acquirer soon after. When it was the "
            "default one, the card that was of use last becomes that."
        ),
        body=CardRemove,
        returns=WireCard,
        handler=cards.remove_card,
        refusals=(NoSuchCustomer, NoSuchCard),
    ),
)
