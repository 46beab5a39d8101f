"""Tests of the ledger: its rules, its functions under races, its followers and its check."""
