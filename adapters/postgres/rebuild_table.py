"""The table that a rebuild makes beside the live one, and how it takes its place."""

from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from adapters.postgres.older_writers import refuse_older_writers
from adapters.postgres.shapes import shape_of
from projections.read_model import ReadModel

_NAMES: Final = b"""
    SELECT conname, true FROM pg_constraint WHERE conrelid = %(table)s::regclass
    UNION ALL
    SELECT relname, false FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE indrelid = %(table)s::regclass
        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""
_OTHER_OWNER: Final = b"""
    SELECT rolname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
    WHERE pg_class.oid = %s::regclass AND rolname <> current_user
"""
_GRANTS: Final = b"""
    SELECT privilege_type, CASE grantee WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        is_grantable
    FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass AND grantee <> relowner
"""
_INDEXED: Final = b"""
    SELECT DISTINCT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = %s::regclass ORDER BY attname
"""
_SMALL_SAMPLE: Final = b"SET default_statistics_target = 10"
_TYPES: Final = b"""
    SELECT attname, atttypid::regtype::text FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""


class NextTable:
    """A table of a read model, out of everybody's sight until it takes the live one's place.

    Attributes:
        name: its name until then.
    """

    def __init__(self, connection: Connection[Any], read_model: ReadModel[Any]) -> None:
        self._connection = connection
        self._read_model = read_model
        self.name = f"{read_model.table}_next"
        self._shape = shape_of(read_model, self.name)

    def make(self) -> None:
        """Make it, in the place of what a run that died has left."""
        self.drop()
        self._connection.execute(self._shape.table.encode())

    def make_indexes(self) -> None:
        """Make all that is cheaper with the rows there, and gather the planner's statistics.

        Those are of the columns that indexes answer for, by a small sample: enough to choose an index. A part
        of the columns leaves autovacuum's count of changes as it is, so it soon gathers all of them in full.
        """
        if self._shape.indexes:
            self._connection.execute(self._shape.indexes.encode())
        indexed = self._connection.execute(_INDEXED, [self.name]).fetchall()
        self._connection.execute(_SMALL_SAMPLE)
        columns = SQL(", ").join(Identifier(column) for (column,) in indexed)
        self._connection.execute(SQL("ANALYZE {} ({})").format(Identifier(self.name), columns))
        refuse_older_writers(self._connection, self.name, self._read_model.table, self._read_model.version)

    def drop(self) -> None:
        """Leave nothing of it."""
        self._connection.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(self.name)))

    def column_types(self) -> list[str]:
        """The types of the row's fields, in their order, for COPY."""
        types = dict(self._connection.execute(_TYPES, [self.name]).fetchall())
        return [types[field] for field in self._read_model.row._fields]

    def takeover(self) -> bytes:
        """The statements that put it into the live table's place, with its names and rights, in one trip.

        The names are those that the migrations gave: refusals are told by the names of constraints.
        """
        live, mine = Identifier(self._read_model.table), Identifier(self.name)
        statements: list[Composable] = [SQL("DROP TABLE {}").format(live)]
        statements += self._owner(mine)
        statements += self._grants(mine)
        statements.append(SQL("ALTER TABLE {} RENAME TO {}").format(mine, live))
        for name, is_constraint in self._connection.execute(_NAMES, {"table": self.name}).fetchall():
            renamed = Identifier(self._read_model.table + name.removeprefix(self.name))
            rename = (
                "ALTER TABLE {} RENAME CONSTRAINT {} TO {}"
                if is_constraint
                else "ALTER INDEX {1} RENAME TO {2}"
            )
            statements.append(SQL(rename).format(live, Identifier(name), renamed))
        return SQL("; ").join(statements).as_bytes(self._connection)

    def _owner(self, mine: Identifier) -> list[Composable]:
        found = self._connection.execute(_OTHER_OWNER, [self._read_model.table]).fetchall()
        return [SQL("ALTER TABLE {} OWNER TO {}").format(mine, Identifier(owner)) for (owner,) in found]

    def _grants(self, mine: Identifier) -> list[Composable]:
        found = self._connection.execute(_GRANTS, [self._read_model.table]).fetchall()
        return [
            SQL("GRANT {} ON {} TO {}{}").format(
                SQL(privilege), mine, SQL(grantee), SQL(" WITH GRANT OPTION" if grantable else "")
            )
            for privilege, grantee, grantable in found
        ]
