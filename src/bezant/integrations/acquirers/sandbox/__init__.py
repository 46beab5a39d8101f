"""The sandbox acquirer: a card payment company that takes no money, and the way to it.

    adapter    `SandboxAcquirer`, what Bezant pays through
    access     `SandboxAccess`: where the sandbox is, and the keys made of one secret
    control    `SandboxControl`, by which tests and audits steer it and count what it took
    cards      the test cards, one for each outcome, and their instalments
    wire       what goes between the two
    line       the HTTP of the adapter and of the control
    server     the company itself: an application with a state of its own

Invariants: the server knows nothing of Bezant's database and reads none of its settings; it
says the same for the same seed, clock and requests; and it keeps no card's number nor the
value on its back, only what may be shown and, of a card that it was asked to keep, a keyed
hash.
"""
