"""What the running server says about itself in ``postmaster.pid``.

Lines: process id, data directory, start time, port, socket folder, listen address, shared memory, status.
Source: PostgreSQL 18, src/include/utils/pidfile.h
"""

from dataclasses import dataclass
from pathlib import Path

_PROCESS_ID = 0
_STATUS = 7
_READY = "ready"


@dataclass(frozen=True)
class Postmaster:
    """The server's first process."""

    pid: int
    is_ready: bool


def pid_file(cluster: Path) -> Path:
    """Where the server keeps it."""
    return cluster / "postmaster.pid"


def postmaster_of(cluster: Path) -> Postmaster | None:
    """The server of this cluster as its file describes it, or None while it has not written that much."""
    try:
        lines = pid_file(cluster).read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) <= _STATUS:
        return None
    return Postmaster(int(lines[_PROCESS_ID]), is_ready=lines[_STATUS].strip() == _READY)
