"""Payments: how a basket can be paid, what that costs, charges, refunds, and kept cards.

Invariants: the cost of a payment is reckoned on the total once, half up; a card we do not
know is paid at once and at our general rate; a payment is captured at most once; of a card
only its face and the acquirer's sealed token are kept, never its number.

Called by the doors and by checkout.
"""
