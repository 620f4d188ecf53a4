"""Providers, each with its last sync, and with what its next one depends on."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.queries.schedule import ENDS, ENDS_OF_P, Ends
from adapters.postgres.reader import Rows
from projections.providers import ProviderRow
from projections.syncs import SyncRow


class ProviderFound(NamedTuple):
    """A provider, its last run, ended or not, and how its runs ended."""

    row: ProviderRow
    last_sync: SyncRow | None
    ends: Ends


_SELECT: Final = SQL("""
    SELECT {provider}, {sync}, {ends}
    FROM llm_providers p
    LEFT JOIN LATERAL (SELECT * FROM syncs WHERE provider_id = p.id ORDER BY id DESC LIMIT 1) s ON true
    {joins}
    WHERE p.organization = %(organization)s
""").format(provider=columns_of(ProviderRow, "p"), sync=columns_of(SyncRow, "s"), ends=ENDS, joins=ENDS_OF_P)
_ONE: Final = _SELECT + SQL(" AND p.id = %(id)s")
_PAGE: Final = _SELECT + SQL(" AND p.id > %(after)s ORDER BY p.id LIMIT %(limit)s")
_RUN: Final = len(ProviderRow._fields)
_ENDS: Final = _RUN + len(SyncRow._fields)


async def find_provider(reader: Rows, organization: UUID, provider_id: UUID) -> ProviderFound | None:
    """The organization's provider of this id."""
    rows = await reader.rows(_ONE, {"organization": organization, "id": provider_id})
    return _found(rows[0]) if rows else None


async def page_of_providers(
    reader: Rows, organization: UUID, *, after: UUID, limit: int
) -> list[ProviderFound]:
    """The organization's providers with an id beyond ``after``, oldest first."""
    parameters = {"organization": organization, "after": after, "limit": limit}
    return [_found(row) for row in await reader.rows(_PAGE, parameters)]


def _found(row: tuple[Any, ...]) -> ProviderFound:
    last_sync = None if row[_RUN] is None else SyncRow._make(row[_RUN:_ENDS])
    return ProviderFound(ProviderRow._make(row[:_RUN]), last_sync, Ends._make(row[_ENDS:]))
