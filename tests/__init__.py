"""The tests: a mirror of src, and what has no place in one module of it."""
