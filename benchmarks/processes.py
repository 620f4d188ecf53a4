"""The servers under measure, each as a process of its own, as it runs in production."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

_PATIENCE_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.005


class Server(NamedTuple):
    """A server that is ready on a port of 127.0.0.1."""

    pid: int
    port: int


@contextmanager
def keyroll_serving(environ: Mapping[str, str]) -> Iterator[Server]:
    """``keyroll serve`` with these settings and no others, until the block ends."""
    command = [str(Path(sys.executable).with_name("keyroll")), "serve", "--port"]
    with serving(command, environ) as server:
        yield server


@contextmanager
def plain_server_serving(conninfo: str) -> Iterator[Server]:
    """The comparator of plain_server.py over a database, until the block ends."""
    with serving([sys.executable, "-m", "benchmarks.plain_server", conninfo]) as server:
        yield server


@contextmanager
def serving(
    command: Sequence[str], environ: Mapping[str, str] | None = None, *, ready: str = "/ready"
) -> Iterator[Server]:
    """A server that answers ``ready``, until the block ends.

    It takes its port as its last argument, or wherever ``{port}`` stands.
    """
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KEYROLL_")}
    # A request's log line goes to standard error; writing it is part of the work, keeping it is not.
    takes_it_last = not any("{port}" in argument for argument in command)
    arguments = [argument.replace("{port}", str(port)) for argument in command]
    process = subprocess.Popen(
        [*arguments, str(port)] if takes_it_last else arguments,
        env={**kept, **(environ or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, port, ready)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _is_ready(port, ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not become ready; start it by hand to see why")
        time.sleep(_LOOK_AGAIN_SECONDS)


def _is_ready(port: int, ready: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", ready)
        return connection.getresponse().status == 200  # noqa: PLR2004  # RFC 9110: OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
