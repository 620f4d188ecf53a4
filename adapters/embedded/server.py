"""The embedded PostgreSQL as the rest of Keyroll sees it: started, shared, left."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.embedded.conninfo import OWNER, SERVICE, conninfo
from adapters.embedded.data_folder import DataFolder
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.password import kept_password, new_password
from domain.secret import Secret


@dataclass
class RunningServer:
    """One holder's hold on the server of a data folder. The last holder to close stops the server."""

    folder: DataFolder
    socket_folder: Path
    pid: int
    _share: int | None = field(repr=False)

    @property
    def root(self) -> Path:
        """The data folder."""
        return self.folder.root

    @property
    def conninfo(self) -> str:
        """A libpq connection string for the database and role ``keyroll``. It holds no secret."""
        return self.conninfo_for("keyroll")

    def conninfo_for(self, database: str) -> str:
        """A libpq connection string for another database of this server."""
        password_file = self.folder.password_file
        return conninfo(database, user=OWNER, socket_folder=self.socket_folder, password_file=password_file)

    @property
    def service_conninfo(self) -> str:
        """The same for the role that Keyroll works as, who cannot rewrite the log. Make the role first."""
        return conninfo(
            "keyroll",
            user=SERVICE,
            socket_folder=self.socket_folder,
            password_file=self.folder.service_password_file,
        )

    @property
    def service_password(self) -> Secret:
        """The password of that role."""
        return kept_password(self.folder.service_password_file)

    def close(self) -> None:
        """Leave the server, and stop it if nobody else uses it. A second call does nothing.

        Raises:
            EmbeddedPostgresError: the server did not stop in time.
        """
        from adapters.embedded.lifecycle import bring_down  # noqa: PLC0415 - needs fcntl, absent on Windows
        from adapters.embedded.locks import leave, one_at_a_time  # noqa: PLC0415 - as above

        share, self._share = self._share, None
        if share is None:
            return
        with one_at_a_time(self.folder.start_lock):
            if leave(share):
                bring_down(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def start(data_dir: Path, *, durable: bool = True) -> RunningServer:
    """Hold the PostgreSQL of this data folder: made if absent, started if down, shared if up.

    Blocks until it accepts connections. If this process is killed, the server runs on, and the next
    start adopts it.

    Args:
        data_dir: the data folder; made if absent. One server serves all processes that name it.
        durable: whether commits survive power loss. False is for tests, and without effect on a server
            that already runs.

    Raises:
        EmbeddedPostgresError: there can be no server here; the message says what to do.
    """
    if sys.platform == "win32":
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL does not run on Windows. "
            "Set KEYROLL_DATABASE_URL to a PostgreSQL server."
        )
    from adapters.embedded.lifecycle import bring_up  # noqa: PLC0415 - needs fcntl, absent on Windows
    from adapters.embedded.locks import one_at_a_time, take_a_share  # noqa: PLC0415 - as above

    folder = DataFolder.opened(data_dir)
    with one_at_a_time(folder.start_lock):
        share = take_a_share(folder.users_lock)
        try:
            pid = bring_up(folder, durable=durable)
            if not folder.service_password_file.exists():
                new_password(folder.service_password_file, SERVICE)
        except BaseException:
            os.close(share)
            raise
    return RunningServer(folder, folder.socket_link.readlink(), pid, share)
