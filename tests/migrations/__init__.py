"""The schema, brought from nothing to this release."""
