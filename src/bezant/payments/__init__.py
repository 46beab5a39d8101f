"""Payments: how a basket can be paid, what that costs, charges, refunds, and kept cards.

Invariants: the cost of a payment is reckoned on the total once, half up; a card we do not
know is paid at once and at our general rate; a payment is captured at most once, and no charge
is sent twice; whatever is heard of a charge, by any leg, comes to one function, which hands it to
the payee whose order it is for; of a card only its face and the acquirer's sealed token are kept,
never its number.

Called by the doors, the worker, and the processes whose orders are paid.
"""
