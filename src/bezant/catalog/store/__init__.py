"""The SQL of the catalogue, private to it, split by what it is about."""
