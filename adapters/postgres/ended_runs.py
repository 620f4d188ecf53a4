"""A run that another request or process carries out, as those see it who wait for its end."""

from typing import Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.store import Store
from projections.syncs import SyncRow

_RUN: Final = SQL("""
    SELECT (SELECT max(notification_id) FROM stored_events WHERE originator_id = s.id), {columns}
    FROM syncs s WHERE id = %s AND status <> 'running'
""").format(columns=columns_of(SyncRow, "s"))


class EndedRun(NamedTuple):
    """A run that has ended, and the position of its end in the log."""

    row: SyncRow
    position: int


def ended_run(store: Store, sync_id: UUID) -> EndedRun | None:
    """The run, if it has ended."""
    rows = store.log.run(lambda connection: connection.execute(_RUN, [sync_id]).fetchall())
    return EndedRun(SyncRow(*rows[0][1:]), rows[0][0]) if rows else None
