"""Bezant: a self-hosted precious-metals commerce server."""
