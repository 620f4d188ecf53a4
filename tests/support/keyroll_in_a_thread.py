"""A whole Keyroll on a real socket, in a thread of the test's process."""

import asyncio
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
import uvicorn
import uvloop

from adapters.catalogue.lazily import current_models
from api.app import application
from api.commands.bootstrap import TOKEN_FILE, bootstrap_first_token, organization_of
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.predefined import begin_roll
from api.commands.tokens import issue_token
from api.compose import Opened, opened, running
from api.http.endless import StoppableServer
from api.settings import settings_from
from domain.access import Role
from tests.support.cores import new_master_keys
from tests.support.service import as_service


class KeyrollInAThread:
    """Serves until the block ends.

    Attributes:
        url: where it is.
        admin: the first admin token of the organization ``default``.
        http: a client with the admin token.
        core: the use cases' parts of the running process.

    Args:
        conninfo: the database, as its owner sees it; Keyroll connects as the service.
        folder: a data folder.
        environ: more settings. Without KEYROLL_SYNC_INTERVAL_HOURS nothing syncs in the background.
    """

    with_roll: ClassVar = False
    """Whether it begins with the predefined providers and models, as a first start does."""

    def __init__(self, conninfo: str, folder: Path, **environ: str) -> None:
        self._settings = settings_from(
            {
                "KEYROLL_DATABASE_URL": as_service(conninfo),
                "KEYROLL_DATA_DIR": str(folder),
                "KEYROLL_ENV": "development",
                "KEYROLL_MASTER_KEYS": new_master_keys(),
                "KEYROLL_SYNC_INTERVAL_HOURS": "0",
                **environ,
            }
        )
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        self.http = self.client(self.admin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.http.close()
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        """Ask it to stop, and wait for nothing."""
        assert self._server is not None
        self._server.should_exit = True

    def client(self, token: str) -> httpx.Client:
        """A client with this token."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)

    def token(self, role: Role, organization: str = "default", name: str | None = None) -> str:
        """A new token of an organization."""
        caller = Caller(organization_of(organization), "test", Role.ADMIN, "setup")
        issued = issue_token(self.core, caller, name=name or f"{role.value} of {organization}", role=role)
        return issued.row.token.reveal()

    def _serve(self) -> None:
        try:
            with opened(self._settings) as database:
                self.core: Core = database.core
                bootstrap_first_token(database.core, self._settings.data_dir, None)
                # The second of two over one database finds what the first has kept in their folder.
                self.admin = (self._settings.data_dir / TOKEN_FILE).read_text().strip()
                if self.with_roll:
                    begin_roll(database.core, organization_of("default"), current_models)
                uvloop.run(self._until_told(database))
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            self._failure = error
        finally:
            self._ready.set()

    async def _until_told(self, database: Opened) -> None:
        async with running(self._settings, database) as parts:
            app: Any = application(parts)
            config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
            self._server = StoppableServer(config, parts.stopping)
            self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # a thread may not
            task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
            while not (self._server.started or task.done()):  # noqa: ASYNC110  # uvicorn sets a flag, no event
                await asyncio.sleep(0.001)
            self._ready.set()
            await task


class KeyrollWithARoll(KeyrollInAThread):
    """One that begins as people's do, with the predefined providers and models."""

    with_roll = True
