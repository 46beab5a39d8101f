"""Tests of the house itself: what may import what, how large things grow, who names which table.

Each checker is a function on made or real sources that returns findings; beside every test of
the repository stand tests that show the checker finding what it is for.
"""
