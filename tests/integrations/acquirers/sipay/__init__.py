"""The adapter of Sipay, against a Sipay that is made up."""
