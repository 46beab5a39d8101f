"""The adapters of acquirers."""
