"""Providers, each with its last sync."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Reader
from projections.providers import ProviderRow
from projections.syncs import SyncRow


class ProviderFound(NamedTuple):
    """A provider, its last run of whatever end, and when it was last synced with success."""

    row: ProviderRow
    last_sync: SyncRow | None
    last_synced_at: datetime | None


_SELECT: Final = SQL("""
    SELECT {provider}, {sync}, (
        SELECT max(finished_at) FROM syncs WHERE provider_id = p.id AND status = 'success'
    )
    FROM llm_providers p
    LEFT JOIN LATERAL (SELECT * FROM syncs WHERE provider_id = p.id ORDER BY id DESC LIMIT 1) s ON true
    WHERE p.organization = %(organization)s
""").format(provider=columns_of(ProviderRow, "p"), sync=columns_of(SyncRow, "s"))
_ONE: Final = _SELECT + SQL(" AND p.id = %(id)s")
_PAGE: Final = _SELECT + SQL(" AND p.id > %(after)s ORDER BY p.id LIMIT %(limit)s")
_WIDTH: Final = len(ProviderRow._fields)


async def find_provider(reader: Reader, organization: UUID, provider_id: UUID) -> ProviderFound | None:
    """The organization's provider of this id."""
    rows = await reader.rows(_ONE, {"organization": organization, "id": provider_id})
    return _found(rows[0]) if rows else None


async def page_of_providers(
    reader: Reader, organization: UUID, *, after: UUID, limit: int
) -> list[ProviderFound]:
    """The organization's providers with an id beyond ``after``, oldest first."""
    parameters = {"organization": organization, "after": after, "limit": limit}
    return [_found(row) for row in await reader.rows(_PAGE, parameters)]


def _found(row: tuple[object, ...]) -> ProviderFound:
    *run, last_synced_at = row[_WIDTH:]
    last_sync = None if run[0] is None else SyncRow._make(run)
    return ProviderFound(ProviderRow._make(row[:_WIDTH]), last_sync, last_synced_at)  # type: ignore[arg-type]  # the driver's rows are untyped
