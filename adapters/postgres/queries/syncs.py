"""The runs of a provider."""

from typing import Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Reader
from projections.syncs import SyncRow

_PAGE: Final = SQL("""
    SELECT {columns} FROM syncs
    WHERE organization = %(organization)s AND provider_id = %(provider_id)s
        AND (%(before)s::uuid IS NULL OR id < %(before)s)
    ORDER BY id DESC LIMIT %(limit)s
""").format(columns=columns_of(SyncRow))


async def page_of_syncs(
    reader: Reader, organization: UUID, provider_id: UUID, *, before: UUID | None, limit: int
) -> list[SyncRow]:
    """A provider's runs before ``before``, latest first."""
    parameters = {"organization": organization, "provider_id": provider_id, "before": before, "limit": limit}
    return [SyncRow._make(row) for row in await reader.rows(_PAGE, parameters)]
