"""The API through a real server on loopback, called by real clients."""
