"""The runs of a provider."""

from typing import Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Rows
from projections.syncs import SyncRow

_PAGE: Final = SQL("""
    SELECT {columns} FROM syncs
    WHERE organization = %(organization)s AND provider_id = %(provider_id)s
        AND (%(before)s::uuid IS NULL OR id < %(before)s)
    ORDER BY id DESC LIMIT %(limit)s
""").format(columns=columns_of(SyncRow))

_ONE: Final = SQL("""
    SELECT {columns} FROM syncs
    WHERE organization = %(organization)s AND provider_id = %(provider_id)s AND id = %(id)s
""").format(columns=columns_of(SyncRow))
_ANY: Final = SQL("SELECT {columns} FROM syncs WHERE id = %s").format(columns=columns_of(SyncRow))


async def find_sync(reader: Rows, organization: UUID, provider_id: UUID, sync_id: UUID) -> SyncRow | None:
    """A run of a provider of the organization."""
    parameters = {"organization": organization, "provider_id": provider_id, "id": sync_id}
    rows = await reader.rows(_ONE, parameters)
    return SyncRow._make(rows[0]) if rows else None


async def find_any_sync(reader: Rows, sync_id: UUID) -> SyncRow | None:
    """A run of any organization, for whoever has the database itself."""
    rows = await reader.rows(_ANY, [sync_id])
    return SyncRow._make(rows[0]) if rows else None


async def page_of_syncs(
    reader: Rows, organization: UUID, provider_id: UUID, *, before: UUID | None, limit: int
) -> list[SyncRow]:
    """A provider's runs before ``before``, latest first."""
    parameters = {"organization": organization, "provider_id": provider_id, "before": before, "limit": limit}
    return [SyncRow._make(row) for row in await reader.rows(_PAGE, parameters)]
