"""How clients reach the server: a libpq connection string without a secret in it.

Source: https://www.postgresql.org/docs/18/libpq-connect.html
"""

from pathlib import Path

PORT = 5432
OWNER = "keyroll"
"""The superuser, who owns the tables."""
SERVICE = "keyroll_service"
"""The role that Keyroll works as."""


def conninfo(database: str, *, user: str, socket_folder: Path, password_file: Path) -> str:
    """A connection string for ``database``. libpq reads the password from the file itself.

    The empty values shield the connection from PGPASSWORD and its kin in the environment: libpq fills
    in only what is absent.
    """
    parts = {
        "host": str(socket_folder),
        "hostaddr": "",
        "port": str(PORT),
        "user": user,
        "password": "",
        "passfile": str(password_file),
        "dbname": database,
        "options": "",
    }
    return " ".join(f"{name}={_quoted(value)}" for name, value in parts.items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
