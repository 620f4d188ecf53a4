"""Where everything of the embedded PostgreSQL lies inside the data folder."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from adapters.embedded.errors import EmbeddedPostgresError


@dataclass(frozen=True)
class DataFolder:
    """The data folder of Keyroll, seen by the launcher. ``root`` is absolute."""

    root: Path

    @classmethod
    def opened(cls, path: Path) -> Self:
        """The folder at ``path``, made for its owner alone if it was absent.

        Raises:
            EmbeddedPostgresError: the path cannot be made, or this user may not write there.
        """
        root = path.resolve()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The data folder {root} cannot be made: {error.strerror}. "
                "Set KEYROLL_DATA_DIR to a folder that this user may write."
            ) from error
        if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
            raise EmbeddedPostgresError(
                f"This user may not write in the data folder {root}. "
                "Run Keyroll as its owner, or set KEYROLL_DATA_DIR to another folder."
            )
        return cls(root)

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "postgres"

    @property
    def cluster_in_making(self) -> Path:
        """Where initdb works. What lies here was never used and may be thrown away."""
        return self.root / "postgres.new"

    @property
    def password_file(self) -> Path:
        """The password of the role ``keyroll``, in libpq's passfile format."""
        return self.root / "postgres.password"

    @property
    def service_password_file(self) -> Path:
        """The password of the role that Keyroll works as, in the same format."""
        return self.root / "postgres.service-password"

    @property
    def log(self) -> Path:
        """What the server says about itself; never statements or values."""
        return self.root / "postgres.log"

    @property
    def socket_link(self) -> Path:
        """A symbolic link to the folder that holds the server's socket."""
        return self.root / "postgres.socket"

    @property
    def start_lock(self) -> Path:
        """Locked while one process starts or stops the server."""
        return self.root / "postgres.lock"

    @property
    def users_lock(self) -> Path:
        """Locked, shared, by every Keyroll process that uses the server."""
        return self.root / "postgres.users"

    @property
    def life_lock(self) -> Path:
        """Locked as long as any process of the server, or of its making, is alive."""
        return self.root / "postgres.alive"
