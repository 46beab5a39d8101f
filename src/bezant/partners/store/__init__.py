"""The SQL of the partners room, private to it."""
