"""A shop to try things in: a catalogue and customers, made up by us and always the same.

Invariants: the same call gives the same data; the published example's product and customer
are among it, exactly; every other person, company and address line is invented, and every
mail domain is one that is kept for examples.
"""
