"""Checkout under many hands and through crashes, over real processes, fsync on.

A server with two HTTP workers and a background worker, a sandbox acquirer in a process of its
own, and a database that waits for the disk. Each race ends with the audit of the books and a
comparison, reference by reference, with what the sandbox took and gave back.
"""
