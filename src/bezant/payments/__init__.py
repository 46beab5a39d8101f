"""Payments: how a basket can be paid and what paying that way costs.

Invariants: the cost of a payment is reckoned on the total once, half up; a card we do not
know is paid at once and at our general rate.

Called by the doors and by checkout.
"""
