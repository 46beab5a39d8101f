"""Tests of trading digital metal: prices, fixes, orders, and many of them at once."""
