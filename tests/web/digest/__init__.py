"""Tests of Digest authentication: the published examples, real clients, and tampering."""
