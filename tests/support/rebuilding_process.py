"""Processes that rebuild a read model, each made in a moment, and killed at another one."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

_MOTHER: Final = """
import os, sys
from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from projections.models import MODELS
from projections.providers import PROVIDERS

conninfo = sys.argv[1]
for line in sys.stdin:
    name = line.strip()
    child = os.fork()
    if child == 0:
        read_model = MODELS if name == "llm_models" else PROVIDERS
        rebuild = Rebuild(connection_settings(conninfo), read_model)
        try:
            rebuild.begin()
            rebuild.run()
        finally:
            os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


class RebuildingProcesses:
    """A process that has all it needs in memory, and forks one that rebuilds whenever it is asked."""

    def __init__(self, conninfo: str) -> None:
        self._command = [sys.executable, "-c", _MOTHER, conninfo]

    def __enter__(self) -> Self:
        self._mother = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._mother.communicate()

    def begin(self, read_model: str) -> int:
        """Begin a rebuild. Returns the process's id."""
        assert self._mother.stdin is not None
        self._mother.stdin.write(f"{read_model}\n")
        self._mother.stdin.flush()
        return int(self._said())

    def kill(self, pid: int) -> None:
        """End it at once, whatever it does; it may have ended by itself."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until it has gone."""
        assert self._said() == "gone"

    def _said(self) -> str:
        assert self._mother.stdout is not None
        return self._mother.stdout.readline().strip()
