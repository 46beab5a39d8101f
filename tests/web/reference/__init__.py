"""The reference: its document, its page, its files."""
