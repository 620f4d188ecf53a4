"""How the rebuilds go, for any process to see: a row for the last one of each read model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from adapters.postgres.rebuild_lock import locked

Status: TypeAlias = Literal["running", "done", "failed", "died"]
Phase: TypeAlias = Literal["starting", "folding", "indexing", "catching up", "swapping", "done"]

_BEGIN: Final = b"""
    INSERT INTO projection_runs VALUES (%s, %s, %s, 'running', 'starting', 0, 0, now(), now(), NULL, NULL)
    ON CONFLICT (name) DO UPDATE SET (
        run, version, status, phase, events_done, events_total, started_at, updated_at, finished_at, failure
    ) = ROW (
        excluded.run, excluded.version, 'running', 'starting', 0, 0, now(), now(), NULL, NULL
    )
"""
_TELL: Final = b"""
    UPDATE projection_runs SET phase = %s, events_done = %s, events_total = %s, updated_at = now()
    WHERE name = %s AND run = %s
"""
_END: Final = b"""
    UPDATE projection_runs SET status = %s, failure = %s, updated_at = now(), finished_at = now()
    WHERE name = %s AND run = %s
"""
_RUNS: Final = b"""
    SELECT name, run, version, status, phase, events_done, events_total, started_at, updated_at, finished_at,
        failure
    FROM projection_runs WHERE name = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A rebuild. Its counts are of all organizations together.

    Attributes:
        name: the read model.
        run: tells it from the rebuilds before.
        version: the version of the read model that it builds.
        status: ``died``: its process has gone, in whatever way; the live table is whole.
        phase: what it does, or did last.
        events_done: events folded until now.
        events_total: events to fold, as far as is known.
        started_at: when it began.
        updated_at: when it last told how it goes.
        finished_at: when it ended by itself.
        failure: why it failed.
    """

    name: str
    run: UUID
    version: int
    status: Status
    phase: Phase
    events_done: int
    events_total: int
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    failure: str | None

    @property
    def events_per_second(self) -> float | None:
        """The mean rate; None before anything is known."""
        seconds = (self.updated_at - self.started_at).total_seconds()
        return self.events_done / seconds if seconds > 0 and self.events_done else None

    @property
    def seconds_left(self) -> float | None:
        """How long the folding still takes at this rate; None if it cannot be said."""
        rate = self.events_per_second
        if self.status != "running" or rate is None:
            return None
        return max(0, self.events_total - self.events_done) / rate


class Standing(NamedTuple):
    """A read model as the database has it. ``built_at``: None if no rebuild has made its table."""

    name: str
    version: int
    built_at: datetime | None
    last_run: Progress | None


def begin_run(connection: Connection[Any], name: str, run: UUID, version: int) -> None:
    """Tell that a run has begun. It holds the read model's lock already."""
    connection.execute(_BEGIN, [name, run, version])


def tell_progress(connection: Connection[Any], progress: Progress) -> None:
    """Tell how far it is."""
    done = max(progress.events_done, 0)
    connection.execute(
        _TELL, [progress.phase, done, max(progress.events_total, done), progress.name, progress.run]
    )


def end_run(connection: Connection[Any], progress: Progress) -> None:
    """Tell how it has ended. It holds the lock still."""
    connection.execute(_END, [progress.status, progress.failure, progress.name, progress.run])


def last_runs(connection: Connection[Any], names: Sequence[str]) -> dict[str, Progress]:
    """The last rebuild of each read model that ever had one.

    A run takes the lock before it tells that it is running, and tells its end before it lets the lock go. So
    who is told to be running before and after a moment without a lock has died.
    """
    runs = _runs(connection, names)
    running = [name for name, run in runs.items() if run.status == "running"]
    unlocked = set(running) - locked(connection, running)
    if not unlocked:
        return runs
    again = _runs(connection, names)
    return {
        name: _died(run) if name in unlocked and run.run == runs[name].run else run
        for name, run in again.items()
    }


def standings(connection: Connection[Any], names: Sequence[str]) -> list[Standing]:
    """The read models, in the order of their names here."""
    built = {
        name: (version, built_at)
        for name, version, built_at in connection.execute("SELECT name, version, built_at FROM projections")
    }
    runs = last_runs(connection, names)
    return [Standing(name, *built.get(name, (1, None)), runs.get(name)) for name in names]


def _runs(connection: Connection[Any], names: Sequence[str]) -> dict[str, Progress]:
    with connection.cursor(row_factory=class_row(Progress)) as cursor:
        found = cursor.execute(_RUNS, [list(names)]).fetchall()
    return {run.name: run for run in found}


def _died(run: Progress) -> Progress:
    if run.status != "running":
        return run
    failure = "Its process has gone. The live table is whole: rebuild it again."
    return Progress(
        run.name,
        run.run,
        run.version,
        "died",
        run.phase,
        run.events_done,
        run.events_total,
        run.started_at,
        run.updated_at,
        None,
        failure,
    )
