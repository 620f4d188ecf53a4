"""Look into a test's database from the side, past all of Keyroll's code."""

from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql

from projections.all import READ_MODELS

ALL_TABLES: Final = (
    "stored_events",
    *(read_model.table for read_model in READ_MODELS),
    "sealed_keys",
    "idempotent_requests",
    "listings",
    "webhook_deliveries",
    "usage_by_day",
    "usage_flushes",
)


def everything(conninfo: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in an order of its own."""
    with psycopg.connect(conninfo) as connection:
        return {table: _rows(connection, table) for table in ALL_TABLES}


def execute(conninfo: str, statement: str, *parameters: object) -> None:
    """Change the database behind Keyroll's back."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement.encode(), parameters)


def end_all_connections(conninfo: str) -> int:
    """End every other connection to the database, as a restart of PostgreSQL does. Returns how many."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return len(ended)


def waiting_for_a_lock(conninfo: str) -> int:
    """How many connections of the database wait for an advisory lock."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
    assert row is not None
    return int(row[0])


def table_rows(conninfo: str, table: str, row: type[NamedTuple]) -> dict[UUID, Any]:
    """A read model's rows by id."""
    columns = sql.SQL(", ").join(map(sql.Identifier, row._fields))
    query = sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(table))
    with psycopg.connect(conninfo, options="-c timezone=UTC") as connection:
        return {values[0]: row._make(values) for values in connection.execute(query)}


def _rows(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> list[tuple[Any, ...]]:
    query = sql.SQL("SELECT * FROM {} t ORDER BY t::text").format(sql.Identifier(table))
    return connection.execute(query).fetchall()
