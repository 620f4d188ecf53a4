"""The places where no secret may be: files, a dump of the database, processes, and answers."""

import re
import subprocess
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg

from adapters.embedded.installation import installed
from tests.support.canaries import Place

_HEX_IN_A_DUMP = re.compile(rb"\\x([0-9a-f]+)")


def files_below(folder: Path, *, but: Collection[str] = ()) -> Iterator[Place]:
    """Every file: the database's own and its write-ahead log, too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in but:
            # A running database takes files of its own away.
            with suppress(FileNotFoundError):
                yield Place(f"the file {path.relative_to(folder)}", path.read_bytes())


def dump_of(conninfo: str) -> Iterator[Place]:
    """The whole database as pg_dump writes it, and every binary value of it as it is."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    program = installed().postgres.with_name("pg_dump")
    done = subprocess.run(
        [program, "--inserts", "--dbname", conninfo], check=True, capture_output=True, timeout=60
    )
    yield Place("the dump", done.stdout)
    values = b"\n".join(bytes.fromhex(found.decode()) for found in _HEX_IN_A_DUMP.findall(done.stdout))
    yield Place("the dump's binary values", values)


def command_lines() -> Iterator[Place]:
    """The command line of every process of the system."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            yield from _process_file(entry / "cmdline")


def environments_of(pids: Iterable[int]) -> Iterator[Place]:
    """The environment of processes."""
    for pid in pids:
        yield from _process_file(Path(f"/proc/{pid}/environ"))


def _process_file(path: Path) -> Iterator[Place]:
    try:
        yield Place(str(path), path.read_bytes())
    except OSError:
        return  # the process has ended since


class Answers:
    """Keeps every answer that clients get."""

    def __init__(self) -> None:
        self.places: list[Place] = []

    def keep_those_to(self, client: httpx.Client) -> httpx.Client:
        """From now on, keep this client's answers."""
        client.event_hooks = {"response": [self._keep]}
        return client

    def _keep(self, answer: httpx.Response) -> None:
        answer.read()
        headers = b"\n".join(name + b": " + value for name, value in answer.headers.raw)
        name = f"answer {len(self.places)}: {answer.status_code} to a {answer.request.method}"
        self.places.append(Place(name, headers + b"\n\n" + answer.content))
