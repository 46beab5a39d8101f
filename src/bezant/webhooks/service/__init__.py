"""The verbs of webhooks, split by what they are about."""
