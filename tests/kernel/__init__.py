"""Tests of the kernel: the trade's values and the house's plumbing."""
