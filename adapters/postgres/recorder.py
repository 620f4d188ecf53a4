"""The recorder: the library's, with what a service needs of its log."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection
from psycopg_pool import PoolTimeout

from adapters.postgres.append import BULK, append_few, append_many
from adapters.postgres.rebuild_versions import bring_forward, outdated
from adapters.postgres.refusals import (
    GuardFailed,
    NewerVersion,
    OrganizationDeleted,
    StoreUnavailable,
    StreamMoved,
    UniquenessBroken,
    WriteRefused,
)
from adapters.postgres.schema import APPEND_LOCK, migrate
from adapters.postgres.write import LogEntry, Write
from domain.event import Meta
from projections.all import READ_MODELS

T = TypeVar("T")

_GUARD_FAILED: Final = "KR001"
_OLDER_WRITER: Final = "KR002"
_ORGANIZATION_DELETED: Final = "KR003"

_SELECT: Final = """
    SELECT originator_id, originator_version, topic, state, occurred_at,
        organization, actor, request_id, address, notification_id
    FROM stored_events
"""


class LogRecorder(PostgresApplicationRecorder):
    """Appends events with their rows, guards and sealed key in one transaction, under an advisory lock.

    The library's own insert locks the table and retries ten times in silence; none of it is used.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        if datastore.enable_db_functions:
            raise ValueError("Unset POSTGRES_ENABLE_DB_FUNCTIONS: with it, readers of the log miss events.")
        super().__init__(datastore, events_table_name="stored_events")
        self._settings = cast("dict[str, Any]", datastore.pool.kwargs)
        self._types: dict[str, list[str]] = {}

    def create_table(self) -> None:
        """Bring the database and its read models to this version's shape, and learn the types for COPY."""
        self.run(migrate)
        for read_model in self.run(outdated):
            bring_forward(self._settings, read_model)
        self._types = self.run(_column_types)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append, and return the positions.

        A connection that is lost while it commits leaves open whether the write is there. So the write is
        sent once more: if it is refused then, and its very events are in the log, it was there.

        Raises:
            WriteRefused: nothing was written, see its subclasses.
            StoreUnavailable: PostgreSQL does not answer.
        """
        entries = cast("Sequence[LogEntry]", stored_events)
        write: Write = kwargs["write"]
        try:
            last = self.run(lambda connection: self._append(connection, entries, write))
        except psycopg.DatabaseError as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            positions = self.run(lambda connection: _own_positions(connection, entries))
            if positions is None:
                raise refusal from None
            return positions
        return range(last - len(entries) + 1, last + 1)

    def insert_alone(self, decide: Callable[[Connection[Any]], tuple[Sequence[LogEntry], Write]]) -> int:
        """Decide and append while nobody else appends: what the decision reads is all there is.

        Everybody's writes wait for it, so it is for rare deeds.

        Args:
            decide: what to append; what it does on the connection is done with it or not at all.

        Returns:
            The last position.

        Raises:
            WriteRefused: nothing was written, see its subclasses.
            StoreUnavailable: PostgreSQL does not answer.
        """

        def work(connection: Connection[Any]) -> int:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [APPEND_LOCK])
                return self._append(connection, *decide(connection))

        try:
            return self.run(work)
        except psycopg.DatabaseError as error:
            raise _refusal(error) or error from None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[LogEntry]:
        """One stream's events, in the order of their versions."""
        statement = (
            f"{_SELECT} WHERE originator_id = %s AND originator_version > %s"
            " AND originator_version <= coalesce(%s, originator_version)"
            f" ORDER BY originator_version {'DESC' if desc else 'ASC'} LIMIT %s"
        ).encode()
        return self.run(
            lambda connection: _entries(connection, statement, [originator_id, gt or 0, lte, limit])
        )

    def log(self, after: int, limit: int) -> Sequence[LogEntry]:
        """The whole log's events after a position, in its order."""
        statement = f"{_SELECT} WHERE notification_id > %s ORDER BY notification_id LIMIT %s".encode()
        return self.run(lambda connection: _entries(connection, statement, [after, limit]))

    def _append(self, connection: Connection[Any], entries: Sequence[LogEntry], write: Write) -> int:
        if len(entries) < BULK:
            return append_few(connection, entries, write)
        return append_many(connection, entries, write, self._types)

    def run(self, work: Callable[[Connection[Any]], T]) -> T:
        """Do it on a connection of the pool; once more if the connection turns out to be dead.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        try:
            try:
                return self._on_connection(work)
            except psycopg.OperationalError as error:
                if not _connection_was_lost(error):
                    raise
            self.datastore.pool.check()  # puts live connections in the place of dead ones
            return self._on_connection(work)
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error

    def _on_connection(self, work: Callable[[Connection[Any]], T]) -> T:
        with self.datastore.pool.connection() as connection:
            return work(connection)


def _refusal(error: psycopg.DatabaseError) -> WriteRefused | None:
    """Why PostgreSQL refused a write; None if the error is no such refusal.

    Raises:
        NewerVersion: the write was refused because this process is too old to write.
    """
    if error.sqlstate == _OLDER_WRITER:
        raise NewerVersion(str(error.diag.message_primary)) from None
    if isinstance(error, psycopg.errors.UniqueViolation):
        constraint = str(error.diag.constraint_name)
        if constraint == "stored_events_pkey":
            return StreamMoved("the stream has moved on")
        return UniquenessBroken(constraint)
    if error.sqlstate == _GUARD_FAILED:
        return GuardFailed(str(error.diag.message_primary))
    if error.sqlstate == _ORGANIZATION_DELETED:
        return OrganizationDeleted("the organization was deleted")
    return None


def _connection_was_lost(error: psycopg.OperationalError) -> bool:
    """A dead connection, or a server that ended it (SQLSTATE classes 08 and 57P)."""
    if isinstance(error, PoolTimeout):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _entries(connection: Connection[Any], statement: bytes, parameters: list[Any]) -> list[LogEntry]:
    rows = connection.execute(statement, parameters).fetchall()
    return [
        LogEntry(
            originator_id=row[0],
            originator_version=row[1],
            topic=row[2],
            state=row[3],
            occurred_at=row[4],
            meta=Meta.model_construct(organization=row[5], actor=row[6], request_id=row[7], address=row[8]),
            position=row[9],
        )
        for row in rows
    ]


def _own_positions(connection: Connection[Any], entries: Sequence[LogEntry]) -> list[int] | None:
    """The positions of these very events, if they are in the log."""
    statement = f"""{_SELECT} JOIN unnest(%s::uuid[], %s::bigint[]) AS mine (id, version)
        ON originator_id = mine.id AND originator_version = mine.version ORDER BY notification_id"""
    ids = [entry.originator_id for entry in entries]
    versions = [entry.originator_version for entry in entries]
    found = _entries(connection, statement.encode(), [ids, versions])
    same = [_identity(entry) for entry in found] == [_identity(entry) for entry in entries]
    return [entry.position for entry in found] if same else None


def _identity(entry: LogEntry) -> tuple[object, ...]:
    return (
        entry.originator_id,
        entry.originator_version,
        entry.topic,
        entry.state,
        entry.occurred_at,
        entry.meta,
    )


def _column_types(connection: Connection[Any]) -> dict[str, list[str]]:
    types = {}
    for read_model in READ_MODELS:
        rows = connection.execute(
            "SELECT attname, atttypid::regtype::text FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [read_model.table],
        ).fetchall()
        by_name = dict(rows)
        types[read_model.table] = [by_name[column] for column in read_model.row._fields]
    return types
