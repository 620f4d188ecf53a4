"""The shape of a table as PostgreSQL knows it, with the names of all that belongs to it."""

from typing import Any, NamedTuple

import psycopg


class ShapeInDatabase(NamedTuple):
    """What a table consists of, each part as PostgreSQL writes it down."""

    columns: list[tuple[Any, ...]]
    indexes: list[tuple[Any, ...]]
    constraints: list[tuple[Any, ...]]
    triggers: list[tuple[Any, ...]]
    grants: list[str]
    owner: str


_COLUMNS = """
    SELECT attname, atttypid::regtype::text, attnotnull, attnum FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s ORDER BY indexname"
_CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass ORDER BY conname
"""
_TRIGGERS = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass ORDER BY 1"
_GRANTS = """
    SELECT coalesce(relacl::text[], '{}'), relowner::regrole::text FROM pg_class WHERE oid = %s::regclass
"""


def shape_in_database(conninfo: str, table: str) -> ShapeInDatabase:
    """The table's shape now."""
    with psycopg.connect(conninfo) as connection:
        columns, indexes, constraints, triggers = (
            connection.execute(query.encode(), [table]).fetchall()
            for query in (_COLUMNS, _INDEXES, _CONSTRAINTS, _TRIGGERS)
        )
        ((grants, owner),) = connection.execute(_GRANTS.encode(), [table]).fetchall()
    return ShapeInDatabase(columns, indexes, constraints, triggers, sorted(grants), owner)
