"""Pricing: what one piece costs this partner's customer at this moment, and why.

A quote is the metal value (the partner's spot times the fine weight) and four parts above
it; tax comes on top. Every figure is rounded half up once, where it is made, and nothing
recomputes part of a quote: what adds up here adds up everywhere.

Invariants: nothing is quoted from a reference price older than its age limit, nor for a
halted metal; a reference price is never replaced by an older one.

Called by the rooms above and the doors; the worker writes reference prices.
"""
