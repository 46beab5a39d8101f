"""Tests of checkout, over the API and a fake acquirer."""
