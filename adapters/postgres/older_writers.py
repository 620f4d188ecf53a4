"""A table of a read model refuses the rows of a process that knows an older version of it, or a newer one."""

from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

_REFUSE: Final = SQL("""
    CREATE OR REPLACE TRIGGER keyroll_version BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT
    WHEN (current_setting({setting}, true) <> {version}) EXECUTE FUNCTION keyroll_refuse_older_writer()
""")


def refuse_older_writers(connection: Connection[Any], table: str, read_model: str, version: int) -> None:
    """From now on only those write the table whose connections say that they know its version.

    Every connection of Keyroll says so in a setting of PostgreSQL, which costs a write no call of a function.
    One that says nothing is no Keyroll's, but a person's with rights of their own.
    """
    connection.execute(
        _REFUSE.format(
            table=Identifier(table), setting=Literal(f"keyroll.{read_model}"), version=Literal(str(version))
        )
    )
