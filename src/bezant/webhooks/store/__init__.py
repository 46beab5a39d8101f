"""The SQL of webhooks, split by what it is about."""
