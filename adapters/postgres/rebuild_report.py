"""What a rebuild tells while it runs: to whoever began it, and through the database to everybody."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import uuid4

from psycopg import Connection

from adapters.postgres.rebuild_progress import Phase, Progress, begin_run, end_run, tell_progress
from projections.read_model import ReadModel

Told: TypeAlias = Callable[[Progress], None]

_TELL_EVERY: Final = 0.5


class RunReport:
    """How one run goes.

    Args:
        read_model: what is built.
        told: is called with each news.

    Attributes:
        progress: the latest news.
    """

    def __init__(self, read_model: ReadModel[Any], told: Told) -> None:
        self._told = told
        self._told_at = 0.0
        now = datetime.now(UTC)
        self.progress = Progress(
            read_model.table, uuid4(), read_model.version, "running", "starting", 0, 0, now, now, None, None
        )

    def begin(self, connection: Connection[Any]) -> None:
        """Tell that the run begins, and all else through this connection too."""
        self._connection = connection
        begin_run(connection, self.progress.name, self.progress.run, self.progress.version)

    def tell(self, phase: Phase, **news: Any) -> None:
        """Tell that it has come to a phase, and with which of the progress's fields."""
        self.progress = replace(self.progress, phase=phase, updated_at=datetime.now(UTC), **news)
        self._told_at = time.monotonic()
        tell_progress(self._connection, self.progress)
        self._told(self.progress)

    def tell_now_and_then(self, events_done: int) -> None:
        """Tell how many events are done, unless it was told a moment ago."""
        if time.monotonic() - self._told_at >= _TELL_EVERY:
            self.tell(self.progress.phase, events_done=events_done)

    def note_events(self, events_done: int) -> None:
        """Keep in mind how many events are done, for the next news."""
        self.progress = replace(self.progress, events_done=events_done)

    def end(self, phase: Phase, **news: Any) -> None:
        """Tell that it has ended in this phase, and how."""
        now = datetime.now(UTC)
        self.progress = replace(self.progress, phase=phase, updated_at=now, finished_at=now, **news)
        tell_progress(self._connection, self.progress)
        end_run(self._connection, self.progress)
        self._told(self.progress)
