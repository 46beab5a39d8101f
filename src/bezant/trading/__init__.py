"""Trading: digital metal bought and sold at a price that was promised for a while.

A fix is a promise of prices, whole; an order is made of a fix, in one statement with the ledger's
journal, or not at all. One that a card is to pay is made with its charge, and has its journal once
that is taken.

Invariants: a fix makes one order, and none after its time; a customer buys at or above the
market's price and sells at or below it; what is ordered is what the journal moves; nothing is
booked before it is paid; the same call under the partner's own id is answered with the order that
it made.

Called by the doors, the demo and the worker.
"""
