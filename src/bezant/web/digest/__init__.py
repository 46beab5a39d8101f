"""HTTP Digest authentication (RFC 7616) as pure functions: no I/O, no framework, no clock.

    challenge   what a refused request is told
    answer      what an `Authorization: Digest` header says
    nonces      nonces that carry their own proof, so that issuing one stores nothing
    response    what the answer must be, and whether it is
    target      whether the answer is for the request that it came with
    algorithms  the hashes

Invariants: a header is read as the RFC's grammar has it or it is `MalformedAnswer`; what
is secret is compared in constant time; nothing here remembers anything.

Only the doors of `bezant.web` call this. A request is let in when all four hold: the header
is read by `parse_answer`, `target_matches`, `answer_matches`, and `NonceMint.read` gives a
fresh nonce. Last, and only then, the door spends (`FreshNonce.key`, `DigestAnswer.count`) in
the database, which is what stops a replay. For a user who does not exist it checks the
answer all the same, against an HA1 that fits nobody and has the length of the algorithm's
hash, so that the time taken does not tell who exists.
"""
