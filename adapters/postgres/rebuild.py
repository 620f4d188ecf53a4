"""A rebuild: a read model's table made anew from the log beside the live one, which it then replaces.

Readers and writers go on. They wait only for the last step: a transaction that folds what was appended since
a moment ago, and renames.

The order of locks is the append lock first, then read models' tables, here as in every write: a write takes
the append lock and then changes rows. A reader takes no more than the tables. So nobody waits in a circle.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from typing import Any, Final, Generic, NamedTuple, TypeVar

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.columns import columns_of
from adapters.postgres.rebuild_lock import try_lock
from adapters.postgres.rebuild_progress import Progress
from adapters.postgres.rebuild_replay import Replay, count_events, end_of_log, topics_of
from adapters.postgres.rebuild_report import RunReport, Told
from adapters.postgres.rebuild_table import NextTable
from adapters.postgres.refusals import NewerVersion, StoreUnavailable
from adapters.postgres.row_writer import put_row_writer
from adapters.postgres.schema import APPEND_LOCK
from domain.errors import RebuildRunning
from projections.read_model import ReadModel

Row = TypeVar("Row", bound=NamedTuple)
Settings = Mapping[str, Any]
"""What psycopg.connect takes."""

PATIENCE: Final = 600.0
"""Seconds for which a rebuild waits for a moment in which nobody holds the live table."""

_FEW: Final = 500
_MOST_PASSES: Final = 20
_LOCK_WAIT: Final = "300ms"
_DELETE_TOUCHED: Final = """
    DELETE FROM {} WHERE id IN (
        SELECT originator_id FROM stored_events
        WHERE notification_id > %s AND notification_id <= %s AND topic = ANY (%s)
    )
"""
_BUILT: Final = b"""
    UPDATE projections SET version = %(version)s, built_at = now() WHERE name = %(name)s
"""


class RebuildFailed(Exception):
    """A rebuild did not come to its end; the live table is as it was. ``why`` tells what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Rebuild(Generic[Row]):
    """One run for one read model: begin it, run it, close it.

    Args:
        settings: how to connect.
        read_model: what to build.
        told: is called with the progress, about twice a second, and at the end.
    """

    def __init__(self, settings: Settings, read_model: ReadModel[Row], told: Told = lambda _: None) -> None:
        self._settings = settings
        self._read_model = read_model
        self._report = RunReport(read_model, told)
        self._closing = ExitStack()
        self._stopped = False

    @property
    def progress(self) -> Progress:
        """How it goes, or how it ended."""
        return self._report.progress

    def begin(self, *, unless_built: bool = False) -> bool:
        """Take the lock and tell everybody; False if the table is of this version and that is enough.

        Raises:
            RebuildRunning: another one of this read model is under way. Nothing was begun.
            NewerVersion: the table is of a version that this process does not know.
            StoreUnavailable: PostgreSQL does not answer.
        """
        try:
            self._take_lock()
            if unless_built and self._built_version() == self._read_model.version:
                self.close()
                return False
            self._refuse_newer_version()
            self._report.begin(self._telling)
        except psycopg.OperationalError as error:
            self.close()
            raise StoreUnavailable("PostgreSQL does not answer.") from error
        except BaseException:
            self.close()
            raise
        return True

    def run(self) -> Progress:
        """Build and swap. Returns how it ended.

        Raises:
            RebuildFailed: it was stopped, or the live table was never free.
            StoreUnavailable: the connection was lost.
            NewerVersion: a newer Keyroll was faster.
        """
        try:
            self._build()
        except psycopg.errors.QueryCanceled as error:
            raise self._failed("It was stopped.") from error
        except RebuildFailed as error:
            raise self._failed(error.why) from error
        except BaseException as error:
            if self._writing.broken or self._reading.broken:  # its end cannot be told: it has died
                raise StoreUnavailable("PostgreSQL does not answer.") from error
            self._failed(f"It broke off: {type(error).__name__}.")
            raise
        self._report.end("done", status="done")
        return self.progress

    def stop(self) -> None:
        """Make a run in another thread end soon; the live table stays as it is."""
        self._stopped = True
        for connection in (self._reading, self._writing):
            connection.cancel_safe(timeout=5)

    def close(self) -> None:
        """Let the connections go, and with them the lock."""
        self._closing.close()

    def _take_lock(self) -> None:
        self._writing, self._reading, self._telling = (self._connect() for _ in range(3))
        self._table = NextTable(self._writing, self._read_model)
        if not try_lock(self._writing, self._read_model.table):
            raise RebuildRunning(self._read_model.table)

    def _connect(self) -> Connection[Any]:
        connection: Connection[Any] = psycopg.connect(**self._settings)
        self._closing.callback(connection.close)
        connection.execute("SET statement_timeout = 0")
        return connection

    def _build(self) -> None:
        table = self._table
        table.make()
        self._types = table.column_types()
        self._upto = end_of_log(self._reading)
        self._report.tell("folding", events_total=count_events(self._reading, self._read_model, self._upto))
        self._fold_into(table, after=0)
        self._report.tell("indexing")
        table.make_indexes()
        self._report.tell("catching up")
        for _ in range(_MOST_PASSES):
            if self._catch_up(table) <= _FEW:
                break
        self._report.tell("swapping")
        self._swap(table)

    def _catch_up(self, table: NextTable) -> int:
        """Fold the streams that were touched since the last pass. Returns how many positions that took."""
        after, self._upto = self._upto, end_of_log(self._reading)
        if after == self._upto:
            return 0
        delete = SQL(_DELETE_TOUCHED).format(Identifier(table.name))
        self._writing.execute(delete, [after, self._upto, topics_of(self._read_model)])
        self._fold_into(table, after)
        return self._upto - after

    def _fold_into(self, table: NextTable, after: int) -> None:
        replay = Replay(self._reading, self._read_model, after=after, upto=self._upto)
        statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            Identifier(table.name), columns_of(self._read_model.row)
        )
        done = self.progress.events_done
        with (
            closing(replay.rows()) as rows,
            self._writing.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            copy.set_types(self._types)
            for number, row in enumerate(rows):
                copy.write_row(row)
                if number % 256 == 0:
                    self._go_on(done + replay.events)
        self._report.note_events(done + replay.events)

    def _swap(self, table: NextTable) -> None:
        """Take the live table's place in one short transaction, as soon as no reader keeps it for long."""
        until, pause, folded = time.monotonic() + PATIENCE, 0.05, self._upto
        takeover = table.takeover()
        while True:
            try:
                with self._writing.transaction():
                    self._writing.execute("SELECT pg_advisory_xact_lock(%s)", [APPEND_LOCK])
                    self._refuse_newer_version()
                    self._catch_up(table)
                    self._writing.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'".encode())
                    self._writing.execute(takeover)
                    built = {"name": self._read_model.table, "version": self._read_model.version}
                    self._writing.execute(_BUILT, built)
                    put_row_writer(self._writing)
            except psycopg.errors.LockNotAvailable:
                self._upto = folded  # what this transaction folded is undone
            else:
                return
            if time.monotonic() > until:
                raise RebuildFailed(
                    "Somebody has kept the live table open: end that transaction, and try again."
                )
            self._go_on(self.progress.events_done)
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    def _refuse_newer_version(self) -> None:
        if self._built_version() > self._read_model.version:
            raise NewerVersion(self._read_model.table)

    def _built_version(self) -> int:
        query = b"SELECT version FROM projections WHERE name = %s"
        ((version,),) = self._writing.execute(query, [self._read_model.table]).fetchall()
        return int(version)

    def _failed(self, why: str) -> RebuildFailed:
        with suppress(psycopg.Error):  # else the next run drops it
            self._table.drop()
        self._report.end(self.progress.phase, status="failed", failure=why)
        return RebuildFailed(why)

    def _go_on(self, events_done: int) -> None:
        """Tell how far it is, unless it was told a moment ago or the run is to end here."""
        if self._stopped:
            raise RebuildFailed("It was stopped.")
        self._report.tell_now_and_then(events_done)
