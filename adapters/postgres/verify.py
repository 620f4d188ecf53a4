"""A check of a read model: its live rows, held against the log folded anew, row for row."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Identifier

from adapters.postgres.columns import columns_of
from adapters.postgres.rebuild import Settings
from adapters.postgres.rebuild_replay import CHUNK, Replay, count_events, end_of_log
from adapters.postgres.refusals import StoreUnavailable
from projections.read_model import ReadModel

Row = TypeVar("Row", bound=NamedTuple)

_TELL_EVERY: Final = 0.5


class Difference(NamedTuple):
    """Where a live table and the log disagree.

    Attributes:
        table: the read model's table.
        id: the row's.
        organization: whose row it is.
        column: the first column that differs; None if one of the two has no such row.
        live: what the table holds; None too if it has no such row.
        replayed: what the log says; None too if it has no such row.
    """

    table: str
    id: UUID
    organization: UUID
    column: str | None
    live: object
    replayed: object

    def __str__(self) -> str:
        where = f"{self.table} {self.id}"
        if self.column is not None:
            return f"{where}: {self.column} is {self.live!r}, and the log says {self.replayed!r}"
        if self.live is None:
            return f"{where}: the row is missing; the log says {self.replayed!r}"
        return f"{where}: the log knows no such row: {self.live!r}"


class Verified(NamedTuple):
    """What a check came to. It ends at the first difference; its counts go as far."""

    events: int
    rows: int
    difference: Difference | None


class Verification(Generic[Row]):
    """A check of one read model at one moment, while everybody goes on; it holds one row of each side.

    The table is locked against being replaced, not against reading or writing, before the moment is chosen: a
    snapshot that is older than a rebuild's table would find it empty.

    Args:
        settings: how to connect.
        read_model: what to check.
        told: is called with the events checked and all there are, about twice a second. To stop, it raises.
    """

    def __init__(
        self,
        settings: Settings,
        read_model: ReadModel[Row],
        told: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self._settings = settings
        self._read_model = read_model
        self._told = told
        self._told_at = time.monotonic()
        self._rows = 0
        self._connections: tuple[Connection[Any], ...] = ()

    def run(self) -> Verified:
        """Check it.

        Raises:
            StoreUnavailable: PostgreSQL does not answer, or it was stopped.
        """
        try:
            with (
                psycopg.connect(**self._settings) as holding,
                psycopg.connect(**self._settings) as replaying,
            ):
                self._connections = (holding, replaying)
                return self._at_one_moment(holding, replaying)
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error

    def stop(self) -> None:
        """Break off what PostgreSQL is doing for a check in another thread, which then has not ended well."""
        for connection in self._connections:
            connection.cancel_safe(timeout=5)

    def _at_one_moment(self, holding: Connection[Any], replaying: Connection[Any]) -> Verified:
        for connection in (holding, replaying):
            connection.execute("SET statement_timeout = 0")
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with holding.transaction(), replaying.transaction():
            table = Identifier(self._read_model.table)
            holding.execute(SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(table))
            ((snapshot,),) = holding.execute("SELECT pg_export_snapshot()").fetchall()
            replaying.execute(SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
            upto = end_of_log(replaying)
            replay = Replay(replaying, self._read_model, upto=upto)
            total = count_events(replaying, self._read_model, upto)
            with closing(self._live(holding)) as live, closing(replay.rows()) as replayed:
                found = self._first_difference(live, replayed, lambda: self._tell(replay.events, total))
        return Verified(replay.events, self._rows, found)

    def _live(self, connection: Connection[Any]) -> Generator[Row, None, None]:
        query = SQL("SELECT {} FROM {} ORDER BY id").format(
            columns_of(self._read_model.row), Identifier(self._read_model.table)
        )
        with connection.cursor(binary=True) as cursor:
            yield from map(self._read_model.row._make, cursor.stream(query, size=CHUNK))

    def _first_difference(
        self, live: Iterator[Row], replay: Iterator[Row], tell: Callable[[], None]
    ) -> Difference | None:
        """Go through two sequences that are both in the order of their ids."""
        for replayed in replay:
            row = next(live, None)
            if row is None or _id(row) > _id(replayed):
                return self._difference(None, replayed)
            if _id(row) < _id(replayed):
                return self._difference(row, None)
            if row != replayed:
                return self._difference(row, replayed)
            self._rows += 1
            if self._rows % CHUNK == 0:
                tell()
        row = next(live, None)
        return None if row is None else self._difference(row, None)

    def _difference(self, live: Any, replayed: Any) -> Difference:
        known = live if replayed is None else replayed
        table, id_, organization = self._read_model.table, known.id, known.organization
        if live is None or replayed is None:
            return Difference(table, id_, organization, None, live, replayed)
        column = next(name for name in live._fields if getattr(live, name) != getattr(replayed, name))
        return Difference(table, id_, organization, column, getattr(live, column), getattr(replayed, column))

    def _tell(self, events: int, total: int) -> None:
        if time.monotonic() - self._told_at >= _TELL_EVERY:
            self._told_at = time.monotonic()
            self._told(events, total)


def _id(row: Any) -> UUID:
    return row.id  # type: ignore[no-any-return]  # each read model's row has one
