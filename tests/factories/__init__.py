"""Makers of what tests need: databases, shops, clients. Functions with keyword defaults."""
