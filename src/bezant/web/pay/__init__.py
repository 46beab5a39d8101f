"""The hosted payment pages under `/pay`: a card form, the way to the bank and back, the end.

Invariants: a card's number and verification value come in by POST and go to the desk, and
are in no page, address, log or error; what a page says became of a payment is what the desk
says, never what its own address says; every page reads and works without a script.
"""
