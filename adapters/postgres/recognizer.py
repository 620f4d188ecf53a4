"""Who bears a token: asked of the database for every request, in one query for all that ask at once."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import psycopg

from adapters.postgres.own_connection import OwnConnection
from adapters.postgres.reader import Reader
from adapters.postgres.together import Together

_ONE: Final = b"SELECT verifier, organization, name, role FROM tokens WHERE verifier = %s"
_SEVERAL: Final = b"SELECT verifier, organization, name, role FROM tokens WHERE verifier = ANY (%s)"


class Bearer(NamedTuple):
    """Who bears a token."""

    organization: UUID
    name: str
    role: str


class Recognizer:
    """Recognizes tokens by their verifiers.

    No answer is older than its question: a token that was revoked opens nothing from then on, in any process.
    """

    def __init__(self, connection: OwnConnection, reader: Reader) -> None:
        self._connection = connection
        self._reader = reader
        self._together: Together[str, Bearer | None] = Together(self._ask)

    async def recognize(self, verifier: str) -> Bearer | None:
        """Who bears the live token with this verifier; None if there is none.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        return await self._together.answer(verifier)

    async def _ask(self, verifiers: Sequence[str]) -> list[Bearer | Exception | None]:
        distinct = list(set(verifiers))
        # PostgreSQL plans an array anew each time, which takes longer than to find one token.
        query, parameter = (_ONE, distinct[0]) if len(distinct) == 1 else (_SEVERAL, distinct)
        try:
            rows = await self._connection.rows(query, [parameter])
        except psycopg.Error:
            rows = await self._reader.rows(query, [parameter])
        found = {verifier: Bearer(*bearer) for verifier, *bearer in rows}
        return [found.get(verifier) for verifier in verifiers]
