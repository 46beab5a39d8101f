"""The legal room's statements, by what they are about."""
