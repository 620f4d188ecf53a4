"""One rebuild of a read model at a time, among all processes: a lock that its holder's death lets go."""

import zlib
from collections.abc import Iterable
from typing import Any, Final

from psycopg import Connection

_CLASS: Final = 0x4B65_7974
"""The first half of the advisory locks' numbers."""

_TRY: Final = b"SELECT pg_try_advisory_lock(%s, %s)"
_HELD: Final = b"""
    SELECT objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid::bigint = %s AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def try_lock(connection: Connection[Any], name: str) -> bool:
    """Take the lock of a read model for as long as the connection lives; False if another has it."""
    ((taken,),) = connection.execute(_TRY, [_CLASS, _number(name)]).fetchall()
    return bool(taken)


def locked(connection: Connection[Any], names: Iterable[str]) -> set[str]:
    """Those of the read models whose lock somebody has at this moment."""
    numbers = {number for (number,) in connection.execute(_HELD, [_CLASS]).fetchall()}
    return {name for name in names if _number(name) in numbers}


def _number(name: str) -> int:
    return zlib.crc32(name.encode()) & 0x7FFF_FFFF
