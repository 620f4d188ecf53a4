"""The database's shape: made at the first start, brought forward at a later one."""

from importlib.resources import files
from typing import Any, Final

from psycopg import Connection

from adapters.postgres.refusals import StoreUnavailable
from projections.all import READ_MODELS
from projections.read_model import ReadModel

APPEND_LOCK: Final = 0x4B65_7972
"""The advisory lock under which every write gets its positions, so that commit order is position order."""

MIGRATIONS: Final = (
    "0001_first.sql",
    "0002_kept_listings.sql",
    "0003_retirement.sql",
    "0004_hash_chain.sql",
)
"""What makes the shape, in order. A database has all of them up to its version, which is their count."""

_MIGRATION_LOCK: Final = 0x4B65_7973

_WRITE_ROWS = """\
    IF p_rows ? '{table}' THEN
        INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, p_rows -> '{table}')
        ON CONFLICT (id) DO UPDATE SET ({columns}) = ROW ({excluded});
    END IF;"""
_REMOVE_ROWS = """\
        DELETE FROM {table} WHERE id IN (SELECT jsonb_array_elements_text(p_gone -> '{table}')::uuid);"""


def migrate(connection: Connection[Any]) -> None:
    """Bring the database to this version's shape. Safe to run by several processes at once, and again.

    Raises:
        StoreUnavailable: a newer version has been here.
    """
    functions = _functions()
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
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


def _file(name: str) -> str:
    return files("adapters.postgres").joinpath(name).read_text()


def _functions() -> str:
    blocks = "\n".join(_write_rows(read_model) for read_model in READ_MODELS)
    removals = "\n".join(_REMOVE_ROWS.format(table=read_model.table) for read_model in READ_MODELS)
    return _file("append.sql").format(write_rows=blocks, remove_rows=removals, append_lock=APPEND_LOCK)


def _write_rows(read_model: ReadModel[Any]) -> str:
    columns = read_model.row._fields
    return _WRITE_ROWS.format(
        table=read_model.table,
        columns=", ".join(columns),
        excluded=", ".join(f"excluded.{column}" for column in columns),
    )
