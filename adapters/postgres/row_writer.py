"""The function that writes rows of read models, made from the columns that their tables have."""

from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.older_writers import refuse_older_writers
from adapters.postgres.shapes import shape_of
from projections.all import READ_MODELS
from projections.read_model import ReadModel

FIRST_VERSION: Final = 1
"""The version of a table that a migration has made, over a log that may have events already."""

_NOTHING_YET: Final = b"SELECT NOT EXISTS (SELECT FROM stored_events)"
_COLUMNS: Final = b"""
    SELECT relname, array_agg(attname::text ORDER BY attnum) FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE pg_class.oid IN (SELECT to_regclass(name) FROM projections)
    GROUP BY relname ORDER BY relname
"""
_NEW: Final = b"SELECT name FROM unnest(%s::text[]) AS name WHERE name NOT IN (SELECT name FROM projections)"
_CURRENT: Final = (
    b"SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure('keyroll_write_rows(jsonb, jsonb)')"
)

_WRITE: Final = """\
    IF p_rows ? '{table}' THEN
        INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, p_rows -> '{table}')
        ON CONFLICT (id) DO UPDATE SET ({columns}) = ROW ({excluded});
    END IF;"""
_REMOVE: Final = """\
        DELETE FROM {table} WHERE id IN (SELECT jsonb_array_elements_text(p_gone -> '{table}')::uuid);"""
_BODY: Final = """
BEGIN
{write}
    IF p_gone IS NOT NULL THEN
{remove}
    END IF;
END """
_FUNCTION: Final = """
    CREATE OR REPLACE FUNCTION keyroll_write_rows(p_rows jsonb, p_gone jsonb) RETURNS void
    LANGUAGE plpgsql AS $${body}$$
"""


def register_read_models(connection: Connection[Any]) -> None:
    """Note the version of the tables that migrations have just made, and let them refuse others' rows.

    Where nothing has happened yet, they are made in today's shape at once, so that there is nothing to build.
    """
    read_models = {read_model.table: read_model for read_model in READ_MODELS}
    ((nothing_yet,),) = connection.execute(_NOTHING_YET).fetchall()
    for (name,) in connection.execute(_NEW, [list(read_models)]).fetchall():
        version = FIRST_VERSION
        if nothing_yet and read_models[name].version > FIRST_VERSION:
            _shape_anew(connection, read_models[name])
            version = read_models[name].version
        refuse_older_writers(connection, name, name, version)
        connection.execute("INSERT INTO projections VALUES (%s, %s)", [name, version])


def _shape_anew(connection: Connection[Any], read_model: ReadModel[Any]) -> None:
    shape = shape_of(read_model, read_model.table)
    connection.execute(SQL("DROP TABLE {}").format(Identifier(read_model.table)))
    connection.execute(shape.table.encode())
    connection.execute(shape.indexes.encode())


def put_row_writer(connection: Connection[Any]) -> None:
    """Make the function anew if it is not what the tables ask for.

    It follows the tables, not this process's read models: while a newer version is built beside the live
    table, those who know the old one go on writing.
    """
    body = _body(connection)
    if connection.execute(_CURRENT).fetchall() != [(body,)]:
        connection.execute(_FUNCTION.replace("{body}", body).encode())


def _body(connection: Connection[Any]) -> str:
    tables = connection.execute(_COLUMNS).fetchall()
    return _BODY.format(
        write="\n".join(_write(table, columns) for table, columns in tables),
        remove="\n".join(_REMOVE.format(table=table) for table, _ in tables),
    )


def _write(table: str, columns: list[str]) -> str:
    return _WRITE.format(
        table=table,
        columns=", ".join(columns),
        excluded=", ".join(f"excluded.{column}" for column in columns),
    )
