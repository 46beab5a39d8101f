"""Reads of trading over its own tables and the ledger's."""
