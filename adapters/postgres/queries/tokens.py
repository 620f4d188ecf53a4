"""Live tokens."""

from typing import Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Reader
from projections.tokens import TokenRow

_SELECT: Final = SQL("SELECT {} FROM tokens WHERE ").format(columns_of(TokenRow))
_BY_VERIFIER: Final = (_SELECT + SQL("verifier = %s")).as_bytes()  # composed once, for it is asked most
_PAGE: Final = _SELECT + SQL("organization = %s AND id > %s ORDER BY id LIMIT %s")


async def recognize_token(reader: Reader, verifier: str) -> TokenRow | None:
    """The live token with this verifier. Asked for every request, so a revoked one opens nothing at once."""
    rows = await reader.rows(_BY_VERIFIER, [verifier])
    return TokenRow._make(rows[0]) if rows else None


async def page_of_tokens(reader: Reader, organization: UUID, *, after: UUID, limit: int) -> list[TokenRow]:
    """The organization's tokens with an id beyond ``after``, oldest first."""
    return [TokenRow._make(row) for row in await reader.rows(_PAGE, [organization, after, limit])]
