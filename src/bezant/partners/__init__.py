"""Partners: who may call, with which credentials, and how often.

A partner is a bank, wallet or marketplace that sells to its own customers. It signs in
with one or more credentials; each has a user name, a secret shown once, scopes, limits,
and an optional list of networks it may come from.

Invariants: a secret is never stored, only the sealed HA1 values that Digest needs; a used
(nonce, nc) pair is never admitted again by any process; a disabled partner and an expired
credential are known to every process at once, because admission asks the database.

The door calls this room to let requests in; the command line calls it to manage partners.
"""
