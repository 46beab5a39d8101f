"""Outside systems, one folder each, behind a Protocol that a room owns.

Nothing in here decides anything of the trade; siblings do not import one another.
"""
