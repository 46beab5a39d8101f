"""The verbs of the legal room, by what they are about."""
