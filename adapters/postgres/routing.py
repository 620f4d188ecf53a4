"""What calls are routed by, read at one position of the log, and the log from there on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import QueryNoTemplate
from psycopg.sql import SQL, Identifier

from adapters.postgres.columns import columns_of
from adapters.postgres.feed import log_after
from adapters.postgres.mapper import decode
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from domain.event import Recorded
from projections.default_models import DEFAULT_MODELS, DefaultModelRow
from projections.models import MODELS, ModelRow
from projections.providers import PROVIDERS, ProviderRow
from projections.read_model import ReadModel
from projections.tokens import TOKENS, TokenRow

_POSITION: Final = b"SELECT coalesce(max(notification_id), 0) FROM stored_events"


@dataclass(frozen=True, slots=True)
class RoutingRows:
    """All rows that calls are routed by, of all organizations, as they were at ``position``."""

    position: int
    providers: list[ProviderRow]
    models: list[ModelRow]
    defaults: list[DefaultModelRow]
    tokens: list[TokenRow]


class RoutingEvents(NamedTuple):
    """Events that calls are routed by, up to a position; ``at_end``: nothing had been written beyond it."""

    events: Sequence[Recorded[Any]]
    position: int
    at_end: bool


class UnknownToThisVersion(Exception):
    """A newer Keyroll has written an event that this one cannot read; the rows tell what came of it."""


async def routing_rows(reader: Reader) -> RoutingRows:
    """The rows, and the position of the log that they stand for.

    Raises:
        StoreUnavailable: PostgreSQL does not answer, or a newer Keyroll has changed what is read.
    """
    async with reader.snapshot() as connection:
        try:
            ((position,),) = await _rows(connection, _POSITION)
            return RoutingRows(
                position=int(position),
                providers=[ProviderRow._make(row) for row in await _table(connection, PROVIDERS)],
                models=[ModelRow._make(row) for row in await _table(connection, MODELS)],
                defaults=[DefaultModelRow._make(row) for row in await _table(connection, DEFAULT_MODELS)],
                tokens=[TokenRow._make(row) for row in await _table(connection, TOKENS)],
            )
        except psycopg.ProgrammingError as error:
            raise StoreUnavailable("The tables are not those that this Keyroll reads.") from error


async def routing_events(reader: Reader, position: int, limit: int) -> RoutingEvents:
    """What comes after a position in the log.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
        UnknownToThisVersion: an event that calls are routed by cannot be read.
    """
    entries = await log_after(reader, position, limit)
    recorded = [
        Recorded(
            UUID(str(entry.originator_id)), entry.originator_version, entry.occurred_at, entry.meta, event
        )
        for entry in entries
        if entry.topic.partition(".")[0] in _SUBJECTS and (event := _decoded(entry.topic, entry.state))
    ]
    reached = entries[-1].position if entries else position
    return RoutingEvents(recorded, reached, at_end=len(entries) < limit)


def _decoded(topic: str, state: bytes) -> Any:
    try:
        return decode(topic, state)
    except LookupError:
        raise UnknownToThisVersion(topic) from None


async def _table(connection: AsyncConnection[Any], read_model: ReadModel[Any]) -> list[tuple[Any, ...]]:
    query = SQL("SELECT {} FROM {}").format(columns_of(read_model.row), Identifier(read_model.table))
    return await _rows(connection, query)


async def _rows(connection: AsyncConnection[Any], query: QueryNoTemplate) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query)).fetchall()


_SUBJECTS: Final = frozenset(
    event.topic.partition(".")[0]
    for read_model in (PROVIDERS, MODELS, DEFAULT_MODELS, TOKENS)
    for event in read_model.follows
)
