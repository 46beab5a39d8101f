"""The vault: the bars that lie there, and that no more is sold than they cover.

A bar has a refiner's serial, a gross weight, a fineness, and a fine weight that is made of the
two. What customers and partners own of a metal are claims on the bars; what is left is the
headroom, which is the house's.

Invariants: a bar is in once and goes out once, and each way is one journal in the operator's
book, in the statement that changes the bar's row; claims never rise above what lies there, also
for two who buy at once (a CHECK on each stripe of the headroom); the headroom is what the ledger
says that the house has; `bezant vault reconcile` finds every difference from all this.

Called by trading and delivery, which count what they sell and buy back in their own statement,
and by the command line.
"""
