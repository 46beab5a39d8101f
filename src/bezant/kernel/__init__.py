"""The kernel: the trade's values and the house's plumbing. It knows no room.

Everything above may import it; it imports nothing of the house.
"""
