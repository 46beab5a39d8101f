"""Baskets: what a customer means to buy, at prices held for a while.

A basket is named by its token and belongs to one customer of one partner. Its figures are
frozen together for the life of its hold (240 seconds unless set otherwise); a touch after
that prices every line anew and starts a new hold.

Invariants: every change is written on the version of the basket that it was decided on, so no
change is lost; the figures on the basket are the sums of its lines, written by the same
statement; a list reads and never writes.

Called by the doors and by checkout. `queries.py` has the pages that join several rooms.
"""
