"""What a sync and a deletion need to know of a provider: all its models, and its runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.store import Store
from projections.models import ModelRow
from projections.syncs import SyncRow

_MODELS = SQL("SELECT {} FROM llm_models WHERE provider_id = %s").format(columns_of(ModelRow))
_CHOSEN = SQL("SELECT {} FROM llm_models WHERE id = ANY(%s)").format(columns_of(ModelRow))
_RUNNING = SQL("SELECT {} FROM syncs WHERE provider_id = %s AND status = 'running'").format(
    columns_of(SyncRow)
)
_ALL_RUNNING = SQL("SELECT {} FROM syncs WHERE status = 'running'").format(columns_of(SyncRow))
_LAST_SYNCED = "SELECT max(finished_at) FROM syncs WHERE provider_id = %s AND status = 'success'"


_NEVER: Final = "-infinity"


class RollEntry(NamedTuple):
    """What tells whether a listing changes a model: less than half of its row."""

    version: int
    model_id: str
    source: str
    stale: bool
    deleted: bool
    facts: str
    edits: str
    found_at: datetime | None


_ROLL: Final = b"""
    SELECT version, model_id, source, stale, deleted, facts, edits,
        CASE WHEN greatest(created_at, last_seen_at) > %(since)s::timestamptz
            THEN greatest(created_at, last_seen_at) END
    FROM llm_models WHERE provider_id = %(provider)s
"""


def roll_of_provider(store: Store, provider_id: UUID, since: datetime | None) -> list[RollEntry]:
    """All models of a provider in brief, the deleted ones too.

    ``since``: the last completed sync. Of a model found, or found again, later, ``found_at`` says when.
    """
    parameters = {"provider": provider_id, "since": since or _NEVER}
    rows = store.log.run(lambda connection: connection.execute(_ROLL, parameters, binary=True).fetchall())
    return list(map(RollEntry._make, rows))


def models_by_id(store: Store, ids: Sequence[UUID]) -> dict[UUID, ModelRow]:
    """The rows of these models, the deleted ones too; an id without a row is left out."""
    if not ids:
        return {}
    rows = store.log.run(lambda connection: connection.execute(_CHOSEN, [list(ids)], binary=True).fetchall())
    return {row[0]: ModelRow(*row) for row in rows}


def models_of_provider(store: Store, provider_id: UUID) -> list[ModelRow]:
    """All models of a provider, the deleted ones too."""
    rows = store.log.run(
        lambda connection: connection.execute(_MODELS, [provider_id], binary=True).fetchall()
    )
    return [ModelRow(*row) for row in rows]


def running_sync(store: Store, provider_id: UUID) -> SyncRow | None:
    """The run that has begun and not ended; its process may have died."""
    rows = store.log.run(lambda connection: connection.execute(_RUNNING, [provider_id]).fetchall())
    return SyncRow(*rows[0]) if rows else None


def running_syncs(store: Store) -> list[SyncRow]:
    """The runs of all providers that have begun and not ended."""
    rows = store.log.run(lambda connection: connection.execute(_ALL_RUNNING).fetchall())
    return [SyncRow(*row) for row in rows]


def last_synced_at(store: Store, provider_id: UUID) -> datetime | None:
    """The instant of the last completed sync."""
    ((instant,),) = store.log.run(
        lambda connection: connection.execute(_LAST_SYNCED, [provider_id]).fetchall()
    )
    return instant  # type: ignore[no-any-return]  # the driver's rows are untyped
