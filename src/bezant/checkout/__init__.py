"""Checkout: a basket becomes an order, is paid, and keeps its promises whatever crashes.

It composes the rooms below: baskets, stock, orders, payments, legal documents, webhooks.

Invariants: one basket makes one order; pieces are reserved before anybody is charged and
stay so while a charge is under way; what an acquirer took is either an order's payment or
goes back by itself; every leg that can settle a charge (the direct reply, the browser's
return, the acquirer's notice, the sweep) goes through one compare-and-set; nothing outside
the database is asked inside a transaction.

Called by the doors, the worker and the command line.
"""
