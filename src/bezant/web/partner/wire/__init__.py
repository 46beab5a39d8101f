"""The shapes of the partner API: key names and their order are the contract."""
