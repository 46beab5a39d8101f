"""Tests of the product pictures."""
