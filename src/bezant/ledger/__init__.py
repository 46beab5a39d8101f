"""The ledger: what everybody owns, in cash and in metal, and every movement of it.

An account is an owner's holding of one asset. A journal is the postings of one event; a posting
adds to an account or takes from it. Each partner has a book of its own, and the operator has
one: an account, a journal and a hold are in exactly one book.

Invariants: in each asset a journal sums to zero, and so does a book (checked by the database at
commit); journals and postings are never changed and never deleted (triggers hold that, for
every role); an account with a floor is never below it, less what is held (a CHECK); a reference
posts one journal, however often it is sent; a follower passes a journal once, and misses none;
`bezant ledger verify` finds every difference from all this.

An account of the house, of settlement or of the vault has no floor and no balance in its row, so
that no journal waits for another because of it: its balance is its snapshot and what came since.

Called by trading, delivery, the doors, the worker and the command line.
"""
