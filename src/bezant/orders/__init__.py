"""Orders: what a customer has bought, at the figures that were shown.

An order has the number, the guid and the token of the basket that it was. Its lines and
figures are a frozen copy: nothing here is ever priced again.

Invariants: a basket makes one order (they share a key); a partner's own id names one order;
an order waits for its payment exactly as long as it is Pending; its status changes only by
a compare-and-set from the status it was decided on, along the allowed ways, and every
status that it has had is kept in order.

Called by checkout, delivery and the doors.
"""
