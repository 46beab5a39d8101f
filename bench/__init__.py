"""Benchmarks: how fast the server is, measured against the floors it stands on.

`python -m bench` measures and writes `bench/RESULTS.md`. Invariants: what is measured is the
server as it is run, every statement comes from its own sources, and whatever a benchmark
starts is stopped by it.
"""
