"""The read models as they were at a position of the log: the same queries, over tables of that day.

A query is sent as it is, below definitions that shadow the tables which it names: the live rows that no event
after the position has touched, and the others folded anew by the read models' own folds. So a look at the
past costs what has changed since.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.abc import QueryNoTemplate
from psycopg.sql import SQL, Composable, Composed, Identifier, Placeholder

from adapters.postgres.mapper import decode
from adapters.postgres.queries.audit_filter import COLUMNS, bounds_of, recorded
from adapters.postgres.reader import Reader
from domain.topics import UPCASTS
from projections.all import READ_MODELS
from projections.read_model import ReadModel

_TABLE: Final = SQL("""{table} AS (
    SELECT * FROM {table} WHERE organization = %(past_of)s AND id <> ALL ({changed}::uuid[])
    UNION ALL SELECT * FROM jsonb_populate_recordset(NULL::{table}, {folded}::jsonb)
)""")
_LOG: Final = SQL("""stored_events AS (
    SELECT * FROM stored_events WHERE organization = %(past_of)s AND notification_id <= %(past_position)s
)""")
_CHANGED: Final = b"""
    SELECT DISTINCT originator_id FROM stored_events
    WHERE organization = %s AND notification_id > %s AND topic = ANY (%s)
"""
_HISTORY: Final = SQL("""
    SELECT {columns} FROM stored_events WHERE originator_id = ANY (%s) AND notification_id <= %s
    ORDER BY originator_id, originator_version
""").format(columns=COLUMNS)
# Before the first query, with which the snapshot begins: one older than a rebuild's table would not
# see what was folded into it since.
_HOLD: Final = SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(
    SQL(", ").join(Identifier(read_model.table) for read_model in READ_MODELS)
)
_END: Final = b"SELECT coalesce(max(notification_id), 0) FROM stored_events"
_LAST: Final = b"""
    SELECT notification_id FROM stored_events
    WHERE organization = %(organization)s AND notification_id < %(before)s AND occurred_at <= %(at)s
    ORDER BY notification_id DESC LIMIT 1
"""


class BeyondTheLog(Exception):
    """The log does not reach as far as the position that was asked for. It ends at ``end``."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


class Past:
    """Where queries are asked of one organization's past.

    Attributes:
        position: the last event that has happened.
    """

    def __init__(self, connection: AsyncConnection[Any], organization: UUID, position: int) -> None:
        self._connection = connection
        self._organization = organization
        self.position = position
        self._shadows: dict[str, Composed] = {}
        self._parameters: dict[str, Any] = {"past_of": organization, "past_position": position}

    async def rows(
        self, query: QueryNoTemplate, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows of a query, as they would have been. Its parameters have names."""
        text = _text(query)
        named = [read_model for read_model in READ_MODELS if read_model.table.encode() in text]
        shadows = [await self._shadow(read_model) for read_model in named]
        below = SQL("WITH {}").format(SQL(", ").join([*shadows, _LOG])).as_bytes()
        given = {**self._parameters, **dict(parameters)}
        cursor = await self._connection.execute(below + b" " + text, given)
        return await cursor.fetchall()

    async def _shadow(self, read_model: ReadModel[Any]) -> Composed:
        """The definition of a table as it was; its rows that have changed since are folded the first time."""
        table = read_model.table
        if table not in self._shadows:
            changed = await self._changed(read_model)
            history = await self._all(_HISTORY, [changed, self.position])
            rows = await asyncio.to_thread(self._folded, read_model, history)
            self._parameters[f"past_{table}_changed"] = changed
            self._parameters[f"past_{table}"] = msgspec.json.encode([row._asdict() for row in rows]).decode()
            self._shadows[table] = _TABLE.format(
                table=Identifier(table),
                changed=Placeholder(f"past_{table}_changed"),
                folded=Placeholder(f"past_{table}"),
            )
        return self._shadows[table]

    async def _changed(self, read_model: ReadModel[Any]) -> list[UUID]:
        """The streams of a read model that have gone on since the position, or begun."""
        topics = [*(event.topic for event in read_model.follows), *UPCASTS]
        return [
            stream for (stream,) in await self._all(_CHANGED, [self._organization, self.position, topics])
        ]

    def _folded(self, read_model: ReadModel[Any], history: Sequence[tuple[Any, ...]]) -> list[Any]:
        rows: dict[UUID, Any] = {}
        for stored in history:
            event = recorded(self._organization, stored, decode(stored[2], stored[3]))
            if isinstance(event.event, read_model.follows):
                stream = event.originator_id
                rows[stream] = read_model.fold(rows.get(stream), event)
        return [row for row in rows.values() if row is not None]

    async def _all(self, query: QueryNoTemplate, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return await (await self._connection.execute(query, parameters)).fetchall()


@asynccontextmanager
async def as_of(reader: Reader, organization: UUID, when: int | datetime) -> AsyncIterator[Past]:
    """An organization's past, at a position or at an instant, by one snapshot of the database.

    An instant means the last position of the organization whose event had happened by then.

    Raises:
        BeyondTheLog: the position lies in the future.
        StoreUnavailable: PostgreSQL does not answer.
    """
    async with reader.snapshot() as connection:
        await connection.execute(_HOLD)
        now = _Now(connection)
        if isinstance(when, datetime):
            position = await _position_at(now, organization, when)
        else:
            ((end,),) = await now.rows(_END)
            if when > end:
                raise BeyondTheLog(end)
            position = when
        yield Past(connection, organization, position)


class _Now:
    """Where queries are asked of the snapshot as it is."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    async def rows(
        self, query: QueryNoTemplate, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        return await (await self._connection.execute(query, parameters)).fetchall()


async def _position_at(now: _Now, organization: UUID, at: datetime) -> int:
    bounds = await bounds_of(now, organization, None, at)
    wanted = {"organization": organization, "before": bounds.high, "at": at}
    rows = await now.rows(_LAST, wanted)
    return int(rows[0][0]) if rows else 0


def _text(query: QueryNoTemplate) -> bytes:
    if isinstance(query, Composable):
        return query.as_bytes()
    return query if isinstance(query, bytes) else query.encode()
