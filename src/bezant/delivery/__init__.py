"""Delivery: pieces on their way to a customer, and how far they are.

A shipment goes by the guid of its order. It knows what is sent, where to, and by whom it is
carried; it knows nothing of what was paid with, in grams or in cash.

Invariants: a shipment goes ordered, preparing, shipped, delivered, and may be cancelled until it
is shipped; no status comes twice, and each is kept with its moment and who set it; what is sent,
where to, and at what cost is a frozen copy and never changes.

Called by trading and the doors.
"""
