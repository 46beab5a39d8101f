"""The routes of the partner API: each parses nothing, calls a room, and renders."""
