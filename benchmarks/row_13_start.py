"""Row 13: from the start of the process to the first request it can serve, and the memory it then has."""

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, medians_in_turn, milliseconds
from benchmarks.processes import keyroll_serving

SECONDS = 2.0
MEGABYTES = 120.0


def figures(*, quick: bool) -> Iterator[Figure]:
    """Start ``keyroll serve`` on a data folder that is there already, the embedded database included.

    The limits are absolute. Memory is the process's own proportional share (PSS), read when it is ready;
    PostgreSQL's processes do not count.
    """
    with tempfile.TemporaryDirectory(prefix="keyroll-benchmark-") as folder:
        environ = {"KEYROLL_DATA_DIR": folder}
        memory: list[float] = []

        def start() -> float:
            began = time.perf_counter()
            with keyroll_serving(environ) as server:
                seconds = time.perf_counter() - began
                memory.append(_megabytes(server.pid))
            return seconds

        (seconds,) = medians_in_turn(1 if quick else 7, start)
    yield Figure(13, "start to ready, database warm (seconds)", milliseconds(seconds), "", seconds, SECONDS)
    most = max(memory)
    yield Figure(13, "memory after start (MB)", f"{most:.0f} MB", "", most, MEGABYTES)


def _megabytes(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    (kilobytes,) = re.findall(r"^Pss:\s+(\d+) kB$", rollup, re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6
