"""Customers: the people and companies that a partner sells to, and their addresses.

Invariants: a customer belongs to one partner and is invisible to every other; an external
id names at most one customer of a partner; a removed customer's row stays, because books
refer to it, but says nothing about a person.

Called by the rooms above and the doors.
"""
