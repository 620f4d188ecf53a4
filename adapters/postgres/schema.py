"""The database's shape: made at the first start, brought forward at a later one."""

from importlib.resources import files
from typing import Any, Final

from psycopg import Connection, errors

from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.row_writer import put_row_writer, register_read_models

APPEND_LOCK: Final = 0x4B65_7972
"""The advisory lock under which every write gets its positions, so that commit order is position order."""

MIGRATIONS: Final = (
    "0001_first.sql",
    "0002_kept_listings.sql",
    "0003_retirement.sql",
    "0004_hash_chain.sql",
    "0005_webhooks.sql",
    "0006_projections.sql",
    "0007_audit.sql",
    "0008_organizations.sql",
    "0009_usage.sql",
)
"""What makes the shape, in order. A database has all of them up to its version, which is their count."""

_MIGRATION_LOCK: Final = 0x4B65_7973


def migrate(connection: Connection[Any]) -> None:
    """Bring the database to this version's shape. Safe to run by several processes at once, and again.

    Raises:
        StoreUnavailable: a newer version has been here, or the shape is old and this role may not change it.
    """
    try:
        _migrate(connection)
    except errors.InsufficientPrivilege:
        raise StoreUnavailable(
            "The database has not this version's shape, and this role may not give it: run `keyroll migrate` "
            "with the role that owns the tables (KEYROLL_MIGRATION_DATABASE_URL), then start again."
        ) from None


def one_migration_at_a_time(connection: Connection[Any]) -> None:
    """Keep other migrations of this database out until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])


def _migrate(connection: Connection[Any]) -> None:
    functions = _functions()
    with connection.transaction():
        one_migration_at_a_time(connection)
        connection.execute("SET LOCAL statement_timeout = 0")  # a long log takes its time
        known = connection.execute("SELECT to_regclass('keyroll_schema') IS NOT NULL").fetchone()
        if known is None or not known[0]:
            connection.execute(
                "CREATE TABLE keyroll_schema (version integer NOT NULL, functions text NOT NULL)"
            )
            connection.execute("INSERT INTO keyroll_schema VALUES (0, '')")
        shape = connection.execute("SELECT version, functions FROM keyroll_schema")
        ((version, current),) = shape.fetchall()
        if version > len(MIGRATIONS):
            raise StoreUnavailable(
                f"The database has shape {version}, of a newer Keyroll, and this one knows up to "
                f"{len(MIGRATIONS)}: start that version or a later one."
            )
        for name in MIGRATIONS[version:]:
            connection.execute(_file(f"migrations/{name}").encode())
        if current != functions:
            connection.execute(functions.encode())
        if (version, current) != (len(MIGRATIONS), functions):
            connection.execute(
                "UPDATE keyroll_schema SET version = %s, functions = %s", [len(MIGRATIONS), functions]
            )
        register_read_models(connection)
        put_row_writer(connection)


def _file(name: str) -> str:
    return files("adapters.postgres").joinpath(name).read_text()


def _functions() -> str:
    return _file("append.sql").format(append_lock=APPEND_LOCK)
