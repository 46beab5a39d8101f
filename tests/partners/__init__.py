"""The partners room against a real database."""
