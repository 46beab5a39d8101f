"""Bezant: a self-hosted precious-metals commerce server."""

__version__ = "0.1.0"
