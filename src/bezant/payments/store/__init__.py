"""The SQL of payments, split by what it is about."""
