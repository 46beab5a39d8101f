"""Tests of what the benchmarks count and send."""
