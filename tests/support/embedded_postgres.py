"""The embedded PostgreSQL in tests: one forgetful server for many databases, and a look at its processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.embedded.server import RunningServer, start

_PATIENCE_SECONDS = 60.0

_HOLDER = """
import sys
from pathlib import Path
from adapters.embedded.server import start
with start(Path(sys.argv[1]), durable=False) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def start_for_tests(folder: Path) -> RunningServer:
    """Hold the server of this folder. Every process of a test run may call it with the same folder."""
    return start(folder, durable=False)


def create_database(server: RunningServer, name: str, *, template: str = "template1") -> str:
    """Make a database and return its connection string. Nobody may be connected to the template."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return server.conninfo_for(name)


def drop_database(server: RunningServer, name: str) -> None:
    """Remove a database and end whatever is connected to it."""
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Holder:
    """Another process that holds the server of a folder until it is told to leave, or killed."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def server_pid(self) -> int:
        """Wait until it holds the server, and say which process that is."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def leave(self) -> int:
        """Let it close the server and end. Returns its exit status."""
        self._process.communicate(timeout=_PATIENCE_SECONDS)
        return self._process.returncode

    def send(self, number: int) -> int:
        """Send its whole process group a signal and wait for its end. Returns its exit status."""
        os.killpg(self._process.pid, number)
        return self.leave()


def server_processes(folder: Path) -> list[int]:
    """The processes that live in this folder's cluster, as the kernel sees them (/proc)."""
    cluster = str(folder.resolve() / "postgres")
    return [pid for pid in _all_processes() if link_of(Path(f"/proc/{pid}/cwd")).startswith(cluster)]


def link_of(entry: Path) -> str:
    """What a link below /proc names; nothing if its process ended or is another user's."""
    try:
        return str(entry.readlink())
    except OSError:
        return ""


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
