"""The listings that runs saw, kept once each under the digest of their normal form."""

import hashlib
import zlib
from typing import Final

from adapters.postgres.reader import Reader
from adapters.postgres.store import Store

_LEVEL: Final = 1
"""Of zlib: a listing repeats itself so much that higher levels save little and take several times as long."""

_IS_KEPT: Final = "SELECT 1 FROM listings WHERE digest = %s"
_KEEP: Final = "INSERT INTO listings (digest, body, models) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_READ: Final = "SELECT body FROM listings WHERE digest = %s"


def keep_listing(store: Store, text: str, models: int) -> str:
    """Keep a listing's normal form, if it is not kept yet. Returns its digest: SHA-256, in hex.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    data = text.encode()
    digest = hashlib.sha256(data).hexdigest()
    if not store.log.run(lambda connection: connection.execute(_IS_KEPT, [digest]).fetchall()):
        body = zlib.compress(data, _LEVEL)
        store.log.run(lambda connection: connection.execute(_KEEP, [digest, body, models]))
    return digest


async def kept_listing(reader: Reader, digest: str) -> bytes | None:
    """A kept listing's normal form; None if there is none of this digest.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    rows = await reader.rows(_READ, [digest])
    return zlib.decompress(rows[0][0]) if rows else None
