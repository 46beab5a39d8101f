"""The verbs of the partners room: accounts, admission, and replies kept for repetition."""
