"""Settlement: what each partner owes the operator or is owed, by day and currency.

All of it is what the ledger's settlement accounts say: nothing is kept here. Below zero, the
partner owes.

Invariants: opening + Σ movements = closing, for each currency; a payment is one journal, and its
reference is paid once, however often it is sent.

Called by the command line.
"""
