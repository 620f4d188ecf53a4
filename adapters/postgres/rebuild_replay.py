"""The log folded anew, stream by stream: a read model's rows ordered by their ids, in constant memory."""

from collections.abc import Generator
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL

from adapters.postgres.mapper import decode
from domain.event import Meta, Recorded
from domain.topics import UPCASTS
from projections.read_model import ReadModel

Row = TypeVar("Row", bound=NamedTuple)

CHUNK: Final = 250
"""Events that come from PostgreSQL at a time: what fits into the socket while those before are folded."""

_MOST_METAS: Final = 1000

# Workers would sort the whole log before its first event comes, on the processors that fold.
_ALONE: Final = b"SET max_parallel_workers_per_gather = 0"

_EVENTS: Final = """
    SELECT originator_id, originator_version, topic, state, occurred_at, notification_id,
        organization, actor, request_id, address
    FROM stored_events
    WHERE topic = ANY (%(topics)s) AND notification_id <= %(upto)s {touched}
    ORDER BY originator_id, originator_version
"""
_TOUCHED: Final = """AND originator_id IN (
        SELECT originator_id FROM stored_events
        WHERE notification_id > %(after)s AND notification_id <= %(upto)s AND topic = ANY (%(topics)s)
    )"""
_ALL_STREAMS: Final = SQL(_EVENTS.format(touched=""))
_TOUCHED_STREAMS: Final = SQL(_EVENTS.format(touched=_TOUCHED))
_COUNT: Final = b"SELECT count(*) FROM stored_events WHERE topic = ANY (%s) AND notification_id <= %s"
_END: Final = b"SELECT coalesce(max(notification_id), 0) FROM stored_events"


class Replay(Generic[Row]):
    """The rows of the streams that were touched after one log position and up to another.

    The primary key of the log orders it by stream, and a row folds exactly one, so one row is held at a time.
    What stands at or before a position never changes, so two queries up to the same one see the same.

    Attributes:
        events: how many events have been folded until now.
    """

    def __init__(
        self, connection: Connection[Any], read_model: ReadModel[Row], *, upto: int, after: int = 0
    ) -> None:
        self._connection = connection
        self._read_model = read_model
        self._after = after
        self._upto = upto
        self.events = 0

    def rows(self) -> Generator[Row, None, None]:
        """The rows, from now on. Close it before the connection is used again: it is at work until then."""
        fold, follows = self._read_model.fold, frozenset(self._read_model.follows)
        stream, meta_of = 0, _Metas().of
        row: Row | None = None
        for (
            stream_id,
            version,
            topic,
            state,
            occurred_at,
            position,
            organization,
            actor,
            request_id,
            address,
        ) in self._stored():
            if stream_id.int != stream:
                if row is not None:
                    yield row
                stream, row = stream_id.int, None
            self.events += 1
            event = decode(topic, state)
            if type(event) in follows:
                meta = meta_of(organization, actor, request_id, address)
                row = fold(row, Recorded(stream_id, version, occurred_at, meta, event, position))
        if row is not None:
            yield row

    def _stored(self) -> Generator[tuple[Any, ...], None, None]:
        self._connection.execute(_ALONE)
        query = _TOUCHED_STREAMS if self._after else _ALL_STREAMS
        parameters = {"topics": topics_of(self._read_model), "after": self._after, "upto": self._upto}
        with self._connection.cursor(binary=True) as cursor:
            yield from cursor.stream(query, parameters, size=CHUNK)


def topics_of(read_model: ReadModel[Any]) -> list[str]:
    """The topics that a read model's events may lie under in the log, and those that may become them."""
    return [*(event.topic for event in read_model.follows), *UPCASTS]


def end_of_log(connection: Connection[Any]) -> int:
    """The position of the last event there is: whatever stands before it is there too."""
    ((position,),) = connection.execute(_END).fetchall()
    return int(position)


def count_events(connection: Connection[Any], read_model: ReadModel[Any], upto: int) -> int:
    """How many events a replay up to this position folds."""
    ((count,),) = connection.execute(_COUNT, [topics_of(read_model), upto]).fetchall()
    return int(count)


class _Metas:
    """Who did it, made once for the events of a request: to make it costs half of what a small fold does."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, str, str | None], Meta] = {}

    def of(self, organization: UUID, actor: str, request_id: str, address: str | None) -> Meta:
        key = (organization.int, actor, request_id, address)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_METAS:
                self._known.clear()
            known = self._known[key] = Meta.model_construct(
                organization=organization, actor=actor, request_id=request_id, address=address
            )
        return known
