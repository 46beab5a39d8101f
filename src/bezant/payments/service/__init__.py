"""The verbs of payments, split by what they are about."""
