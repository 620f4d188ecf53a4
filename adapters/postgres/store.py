"""The event store as commands see it: load a stream, append what was decided."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment, EnvType
from psycopg import Connection

from adapters.postgres.datastore import Datastore, check_reachable
from adapters.postgres.mapper import EventMapper
from adapters.postgres.recorder import LogRecorder
from adapters.postgres.write import Guard, LogEntry, RowChange, Write
from adapters.vault.sealed_key import SealedKey
from domain.event import Event, Meta, Recorded
from projections.read_model import ReadModel

State = TypeVar("State")
Row = TypeVar("Row", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[State, Row]):
    """How a stream becomes a state for decisions, and a row for answers."""

    evolve: Callable[[State | None, Any], State]
    read_model: ReadModel[Row]


@dataclass(frozen=True, slots=True)
class Stream(Generic[State, Row]):
    """A stream as it was loaded; at version 0 it has no events yet, and neither state nor row."""

    aggregate: Aggregate[State, Row]
    id: UUID
    version: int = 0
    state: State | None = None
    row: Row | None = None


class Decided(NamedTuple):
    """The events that a decision adds to a stream."""

    stream: Stream[Any, Any]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write before it is made: its events as they will lie in the log, and all that goes with them."""

    entries: Sequence[LogEntry]
    write: Write
    rows: dict[UUID, Any]


@dataclass(frozen=True, slots=True)
class Appended:
    """What a write came to: its last position, and the rows by stream, None for one that is gone."""

    position: int
    rows: dict[UUID, Any]


class Store(Application[UUID]):
    """The log and its read models on one PostgreSQL.

    Attributes:
        when_appended: called after each append, on the thread that made it.

    Args:
        conninfo: any libpq conninfo or URL.

    Raises:
        StoreUnavailable: PostgreSQL cannot be reached there; the message says why.
    """

    def __init__(self, conninfo: str) -> None:
        check_reachable(conninfo)
        self._conninfo = conninfo
        self.when_appended: Callable[[], None] = _tell_nobody
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:  # noqa: ARG002  # the library's signature
        """Nothing of the process's environment reaches the library: Keyroll's settings are the only ones."""
        return Environment("stored", {})

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        return _Factory(env, self._conninfo)

    mapper: EventMapper

    def construct_mapper(self) -> EventMapper:
        return EventMapper()

    @property
    def log(self) -> LogRecorder:  # type: ignore[override]  # the library's own `log` is deprecated there
        """The recorder, for those who read the whole log."""
        return cast("LogRecorder", self.recorder)

    def load(self, aggregate: Aggregate[State, Row], stream_id: UUID) -> Stream[State, Row]:
        """A stream with its state and row; version 0 if it has no events, or those of another aggregate."""
        history = cast("list[Recorded[Any]]", list(self.events.get(stream_id)))
        if history and not isinstance(history[0].event, aggregate.read_model.follows):
            return Stream(aggregate, stream_id)
        return fold_stream(aggregate, stream_id, history)

    def append(
        self,
        decided: Sequence[Decided],
        meta: Meta,
        occurred_at: datetime,
        *,
        guards: Sequence[Guard] = (),
        sealed: SealedKey | None = None,
        destroyed: Sequence[UUID] = (),
        claim: UUID | None = None,
    ) -> Appended:
        """Append the events of one or several streams, with their rows and keys, or nothing at all.

        Every decision brings at least one event.

        Raises:
            WriteRefused: see its subclasses. Nothing was written.
            StoreUnavailable: PostgreSQL does not answer.
        """
        return self.put(
            self.prepare(
                decided, meta, occurred_at, guards=guards, sealed=sealed, destroyed=destroyed, claim=claim
            )
        )

    def prepare(
        self,
        decided: Sequence[Decided],
        meta: Meta,
        occurred_at: datetime,
        *,
        guards: Sequence[Guard] = (),
        sealed: SealedKey | None = None,
        destroyed: Sequence[UUID] = (),
        claim: UUID | None = None,
    ) -> Prepared:
        """All that an append will write, made without asking the database."""
        entries: list[LogEntry] = []
        changes: list[RowChange] = []
        for stream, events in decided:
            row = stream.row
            for version, event in enumerate(events, stream.version + 1):
                recorded = Recorded(stream.id, version, occurred_at, meta, event)
                entries.append(self.mapper.to_stored_event(recorded))
                row = stream.aggregate.read_model.fold(row, recorded)
            changes.append(RowChange(stream.aggregate.read_model, stream.id, row, stream.row is None))
        write = Write(tuple(changes), tuple(guards), sealed, tuple(destroyed), claim)
        return Prepared(entries, write, {change.id: change.row for change in changes})

    def put(self, prepared: Prepared) -> Appended:
        """Append what was prepared. Raises as :meth:`append` does; a second time it finds itself done."""
        positions = self.log.insert_events(prepared.entries, write=prepared.write)
        self.when_appended()
        return Appended(positions[-1], prepared.rows)

    def append_alone(self, decide: Callable[[Connection[Any]], Prepared]) -> Appended:
        """Decide on what there is while nobody else writes, and append it.

        Raises:
            WriteRefused: see its subclasses. Nothing was written.
            StoreUnavailable: PostgreSQL does not answer. If that was at the end, it may have been written.
        """
        prepared: list[Prepared] = []

        def entries_and_write(connection: Connection[Any]) -> tuple[Sequence[LogEntry], Write]:
            prepared.append(decide(connection))
            return prepared[-1].entries, prepared[-1].write

        position = self.log.insert_alone(entries_and_write)
        self.when_appended()
        return Appended(position, prepared[-1].rows)


def _tell_nobody() -> None:
    """Nobody follows the log in this process."""


class _Factory(PostgresFactory):
    """The library's factory, over a datastore made from a conninfo."""

    def __init__(self, env: Environment, conninfo: str) -> None:
        InfrastructureFactory.__init__(self, env)
        self.datastore = Datastore(conninfo)
        self.datastore.pool.open()

    def application_recorder(self) -> LogRecorder:
        recorder = LogRecorder(self.datastore)
        recorder.create_table()
        return recorder


def fold_stream(
    aggregate: Aggregate[State, Row], stream_id: UUID, history: Iterable[Recorded[Any]]
) -> Stream[State, Row]:
    """Fold a stream's events into its state and its row at once."""
    state: State | None = None
    row: Row | None = None
    version = 0
    for recorded in history:
        state = aggregate.evolve(state, recorded.event)
        row = aggregate.read_model.fold(row, recorded)
        version = recorded.originator_version
    return Stream(aggregate, stream_id, version, state, row)
