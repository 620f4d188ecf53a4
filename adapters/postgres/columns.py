"""The columns of a read model's table, as statements name them."""

from typing import NamedTuple

from psycopg.sql import SQL, Composed, Identifier


def columns_of(row: type[NamedTuple], table: str | None = None) -> Composed:
    """The row's fields, in their order; with a table's alias in front of each if one is given."""
    names = row._fields
    return SQL(", ").join(Identifier(name) if table is None else Identifier(table, name) for name in names)
