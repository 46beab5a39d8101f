"""Know your customer: what a partner found out of who a customer is, and what that allows.

Invariants: of a document its last four characters are kept and no more; a level counts while it
is approved and its document is valid, and is 0 otherwise; limits are settings with a day from
which they are in force, and none is ever changed backwards; what counts against a limit counts
for the person, who is all customers of the partner with one identity number.

Called by the customers room, by trading, the doors and the command line.
"""
