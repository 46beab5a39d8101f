"""The doors: they know HTTP and no SQL."""
