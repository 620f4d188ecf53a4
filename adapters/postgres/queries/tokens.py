"""Live tokens."""

from typing import Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Reader
from projections.tokens import TokenRow

_PAGE: Final = SQL("SELECT {} FROM tokens WHERE organization = %s AND id > %s ORDER BY id LIMIT %s").format(
    columns_of(TokenRow)
)


async def page_of_tokens(reader: Reader, organization: UUID, *, after: UUID, limit: int) -> list[TokenRow]:
    """The organization's tokens with an id beyond ``after``, oldest first."""
    return [TokenRow._make(row) for row in await reader.rows(_PAGE, [organization, after, limit])]
