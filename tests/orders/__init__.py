"""Tests of orders and the ways between their statuses."""
