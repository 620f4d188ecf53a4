"""The raw side: it reads back what Keyroll wrote, and writes the very same rows by plain means."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.schema import APPEND_LOCK

_LOCK = "SELECT pg_advisory_xact_lock(%s)"


class Rows(NamedTuple):
    """Rows of one table, with their columns and the columns' type numbers."""

    table: str
    columns: Sequence[str]
    types: Sequence[int]
    values: Sequence[tuple[Any, ...]]


def last_position(connection: Connection[Any]) -> int:
    """The position of the last event there is."""
    ((position,),) = connection.execute("SELECT coalesce(max(notification_id), 0) FROM stored_events")
    return int(position)


def events_since(connection: Connection[Any], position: int) -> Rows:
    """The events after a position, with their positions and hashes ready."""
    return _rows(connection, "stored_events", SQL("notification_id > %s ORDER BY notification_id"), position)


def rows_of(connection: Connection[Any], table: str, organization: object) -> Rows:
    """An organization's rows of a read model."""
    return _rows(connection, table, SQL("organization = %s ORDER BY ctid"), organization)


def insert_in_one_transaction(connection: Connection[Any], events: Rows, rows: Rows) -> None:
    """BEGIN, the append lock, an INSERT for each event, an UPSERT for each row, COMMIT."""
    insert, upsert = _insert(events), _upsert(rows)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_LOCK, [APPEND_LOCK])
        for values in events.values:
            cursor.execute(insert, values)
        for values in rows.values:
            cursor.execute(upsert, values)


def copy_in_one_transaction(connection: Connection[Any], *tables: Rows) -> None:
    """BEGIN, the append lock, a binary COPY for each table, COMMIT."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_LOCK, [APPEND_LOCK])
        for rows in tables:
            _copy(cursor, rows)


def _copy(cursor: Cursor[Any], rows: Rows) -> None:
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(Identifier(rows.table), _columns(rows))
    with cursor.copy(statement) as copy:
        copy.set_types(rows.types)
        for values in rows.values:
            copy.write_row(values)


def _rows(connection: Connection[Any], table: str, condition: SQL, parameter: object) -> Rows:
    described = (
        connection.execute(SQL("SELECT * FROM {} LIMIT 0").format(Identifier(table))).description or ()
    )
    names = [column.name for column in described]
    select = SQL("SELECT {} FROM {} WHERE {}").format(
        SQL(", ").join(map(Identifier, names)), Identifier(table), condition
    )
    values = connection.execute(select, [parameter], binary=True).fetchall()
    return Rows(table, names, [column.type_code for column in described], values)


def _columns(rows: Rows) -> Composed:
    return SQL(", ").join(map(Identifier, rows.columns))


def _insert(rows: Rows) -> Composed:
    places = SQL(", ").join(SQL("%s") for _ in rows.columns)
    return SQL("INSERT INTO {} ({}) VALUES ({})").format(Identifier(rows.table), _columns(rows), places)


def _upsert(rows: Rows) -> Composed:
    new = SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rows.columns)
    return _insert(rows) + SQL(" ON CONFLICT (id) DO UPDATE SET ") + new
