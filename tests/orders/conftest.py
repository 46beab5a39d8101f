"""Fixtures of the tests of orders: those of checkout, where orders come from."""

from tests.checkout.conftest import shelf, till

__all__ = ["shelf", "till"]
