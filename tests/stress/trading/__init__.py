"""Digital metal under many hands and through crashes, over real processes, fsync on.

A server with two HTTP workers and a background worker, each request signed with HTTP Digest and
sent over a connection, and a database that waits for the disk.
"""
