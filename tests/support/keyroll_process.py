"""A `keyroll serve` process that tests start, ask, stop and kill."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from adapters.embedded.server import start
from tests.support.embedded_postgres import server_processes, wait_until

ADMIN_TOKEN: Final = "admin-token-of-these-tests"
"""The first admin token, unless the test brings another in KEYROLL_BOOTSTRAP_TOKEN."""

_PATIENCE_SECONDS: Final = 60
_COMMAND: Final = "from api.cli.main import main; main()"
_LOUD_COMMAND: Final = f"import logging; logging.basicConfig(level=logging.DEBUG); {_COMMAND}"
_ADDRESS: Final = re.compile(r"^Keyroll is at (http://\S+)", re.MULTILINE)


class KeyrollProcess:
    """Serves from the start of the block until it is stopped or killed, at the latest until the block ends.

    Args:
        folder: the data folder.
        settings: more settings.
        loud: log everything that any library has to say, in Python's development mode.

    Attributes:
        url: where it is.
        http: a client with the admin token.
        log: the file with all that it has printed and logged.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, *, loud: bool = False
    ) -> None:
        given = {"KEYROLL_BOOTSTRAP_TOKEN": ADMIN_TOKEN, **(settings or {})}
        self._environ = _environ(folder, given)
        self._python = [sys.executable, *(("-X", "dev", "-c", _LOUD_COMMAND) if loud else ("-c", _COMMAND))]
        self._admin = given["KEYROLL_BOOTSTRAP_TOKEN"]
        self.log = folder.parent / f"{folder.name}.log"

    def __enter__(self) -> Self:
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as written:
            self.process = subprocess.Popen(
                [*self._python, "serve", "--port", "0"],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: self._ended() or _ADDRESS.search(self._said(before)) is not None)
        found = _ADDRESS.search(self._said(before))
        assert found is not None, f"it did not start:\n{self._said(before)}"
        self.url = found[1]
        self.http = self.client(self._admin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.http.close()
        if not self._ended():
            self.stop()

    def client(self, token: str) -> httpx.Client:
        """A client with this token."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=_PATIENCE_SECONDS)

    def stop(self) -> int:
        """Ask it to stop, as an operator does. Returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()
        self.process.wait(_PATIENCE_SECONDS)

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def _said(self, offset: int) -> str:
        return self.log.read_bytes()[offset:].decode(errors="replace")


def starting(folder: Path) -> subprocess.Popen[str]:
    """A Keyroll that begins to start, for those who do not wait; what it says comes out of its stdout."""
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "serve", "--port", "0"],
        env=_environ(folder, {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )


def refused_start(folder: Path, settings: Mapping[str, str]) -> tuple[int, str]:
    """Start a Keyroll that cannot start. Returns its exit status and all that it said."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "serve", "--port", "0"],
        check=False,
        env=_environ(folder, settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
    return done.returncode, done.stdout + done.stderr


def kill_postgres(folder: Path) -> None:
    """Kill the server of this data folder with all that it has started, whatever they are doing."""
    for pid in server_processes(folder):
        # The first to go takes others along.
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_until(lambda: not server_processes(folder))


@contextmanager
def data_folder_in(parent: Path) -> Iterator[Path]:
    """A data folder whose embedded PostgreSQL is gone afterwards, whoever was killed in between."""
    folder = parent / "data"
    yield folder
    if (folder / "postgres").exists():
        start(folder, durable=False).close()
    assert not server_processes(folder)


def _environ(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of whoever runs the tests; nothing syncs in the background."""
    ours = ("KEYROLL_", "DEFAULT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ours_by_default = {"KEYROLL_DATA_DIR": str(folder), "KEYROLL_SYNC_INTERVAL_HOURS": "0"}
    return {**kept, **ours_by_default, **settings}
