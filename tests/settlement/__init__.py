"""Tests of settling with partners."""
