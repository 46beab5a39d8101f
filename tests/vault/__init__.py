"""Tests of the vault: bars, what they cover, and many who buy at once."""
