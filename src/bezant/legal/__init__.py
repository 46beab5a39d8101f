"""Legal: the documents that customers accept, copies of what they accepted, and invoices.

A document is a versioned text; filled with a deal's own figures it becomes a sheet, which is
printed as HTML or as PDF. The room knows no basket and no order: whoever has one says it as a
`Deal`.

Invariants: a published text, a kept copy, what was accepted and an issued invoice never change
(triggers hold that); the same text and deal always print the same bytes; a series of invoices
has no gap; nothing that a customer wrote is ever read as markup.

Called by checkout and the doors; the worker keeps the copies.
"""
