"""Read the whole log as it is at one moment, in bounded memory, and check its hash chain."""

from collections.abc import Callable, Iterator
from struct import Struct
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.chain import GENESIS, HASHED_COLUMNS, Head
from adapters.postgres.datastore import check_reachable, connection_settings
from adapters.postgres.log_check import Flaw, LogCheck
from adapters.postgres.refusals import StoreUnavailable

EMPTY: Final = Head(0, GENESIS)
"""The head of every log's beginning."""

_ROWS_BETWEEN_REPORTS: Final = 1000
_LOG: Final = SQL(
    "COPY (SELECT hash, {} FROM stored_events ORDER BY notification_id) TO STDOUT (FORMAT BINARY)"
).format(SQL(", ").join(map(Identifier, HASHED_COLUMNS)))
_ISOLATION: Final = b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\x00"
_HEADER_BYTES: Final = 19
_END: Final = b"\xff\xff"
_COLUMNS_AND_HASH_LENGTH: Final = Struct("!hi")


class Verified(NamedTuple):
    """What a verification came to.

    Attributes:
        events: how many events are sound.
        head: the last of them.
        flaw: where the log breaks; None if it is sound to its end.
    """

    events: int
    head: Head
    flaw: Flaw | None


def verify_log(
    conninfo: str, *, known: Head = EMPTY, report: Callable[[int, int], None] = lambda _at, _of: None
) -> Verified:
    """Check every event of the log as it is now, while writers go on.

    Args:
        conninfo: the database, with any role that may read the log.
        known: a head of the past, as a checkpoint kept it.
        report: told now and then which position it has come to, of how many.

    Raises:
        StoreUnavailable: PostgreSQL does not answer, or has no log.
    """
    check_reachable(conninfo)
    settings: dict[str, Any] = connection_settings(conninfo)
    try:
        with psycopg.connect(**settings) as connection:
            return check_log(connection, known, report)
    except psycopg.errors.UndefinedTable:
        raise StoreUnavailable("The database has no log with hashes: run `keyroll migrate`.") from None
    except psycopg.OperationalError as error:
        raise StoreUnavailable("PostgreSQL does not answer.") from error


def check_log(
    connection: Connection[Any],
    known: Head = EMPTY,
    report: Callable[[int, int], None] = lambda _at, _of: None,
) -> Verified:
    """As :func:`verify_log`, on a connection that has no transaction open. Raises psycopg's own errors."""
    # Rolled back whatever it finds: a check that stops at a flaw breaks its query off, and cannot commit.
    with connection.transaction(force_rollback=True):
        return _checked(connection, known, report)


def _checked(connection: Connection[Any], known: Head, report: Callable[[int, int], None]) -> Verified:
    connection.execute(_ISOLATION)
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute("SET LOCAL client_encoding = 'UTF8'")  # texts are hashed in it
    connection.execute("SET LOCAL enable_sort = off")  # a sort would write the whole log to disk once more
    heads = connection.execute("SELECT position, hash, gapless_from FROM log_head").fetchall()
    if len(heads) != 1:
        return Verified(0, EMPTY, Flaw(0, f"the table log_head has {len(heads)} rows in place of one"))
    position, head_hash, gapless_from = heads[0]
    check = LogCheck(Head(position, head_hash), gapless_from, known)
    flaw = check.start()
    for stored_hash, row in () if flaw else _rows(connection):
        flaw = check.add(stored_hash, row)
        if flaw:
            break
        if check.events % _ROWS_BETWEEN_REPORTS == 0:
            report(check.last.position, position)
    return Verified(check.events, check.last, flaw or check.end())


def _rows(connection: Connection[Any]) -> Iterator[tuple[bytes, bytes]]:
    """Each row's hash, and its other columns as PostgreSQL sends them."""
    with connection.cursor() as cursor, cursor.copy(_LOG) as copy:
        for message in copy:
            data = bytes(message)
            if data.startswith(_SIGNATURE):
                data = data[_HEADER_BYTES:]
            if data and data != _END:
                _, length = _COLUMNS_AND_HASH_LENGTH.unpack_from(data)
                begin = _COLUMNS_AND_HASH_LENGTH.size
                yield data[begin : begin + length], data[begin + length :]


def log_head(connection: Connection[Any]) -> Head:
    """Where the log ends.

    Raises:
        StoreUnavailable: its head is gone, and nothing can be appended.
    """
    rows = connection.execute("SELECT position, hash FROM log_head ORDER BY position DESC LIMIT 1").fetchall()
    if not rows:
        raise StoreUnavailable("The table log_head is empty: restore it, and run `keyroll log verify`.")
    return Head(*rows[0])
