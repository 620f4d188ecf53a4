"""The role that a serving process connects as: it writes history, and cannot rewrite it.

It may insert and read events, and move the log's head on. The read models, which can be made anew from the
log, are its own, so that it can rebuild them. All else it may read and write.
"""

from typing import Any, Final

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from adapters.postgres.refusals import StoreUnavailable
from domain.secret import Secret
from projections.all import READ_MODELS

_EVIDENCE: Final = {
    "stored_events": {"SELECT", "INSERT"},
    "log_head": {"SELECT", "UPDATE"},
    "keyroll_schema": {"SELECT"},
}
_READ_AND_WRITE: Final = {"SELECT", "INSERT", "UPDATE", "DELETE"}

_TABLES: Final = b"""
    SELECT relname, relowner = pg_roles.oid, ARRAY (
        SELECT privilege FROM unnest(
            ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
        ) AS privilege WHERE has_table_privilege(pg_roles.oid, pg_class.oid, privilege)
    )
    FROM pg_class, pg_roles
    WHERE rolname = %s AND relnamespace = current_schema()::regnamespace AND relkind = 'r'
        AND pg_has_role(current_user, relowner, 'USAGE')
"""
_ROW_WRITER_OF: Final = b"""
    SELECT rolname FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner
    WHERE pg_proc.oid = to_regprocedure('keyroll_write_rows(jsonb, jsonb)')
"""
_MAY_CREATE: Final = b"SELECT has_schema_privilege(%s, current_schema(), 'CREATE')"
# A membership counts even if it lends no rights by itself: SET ROLE takes them up, and who may pass it on can
# give it to himself anew. The two roles of PostgreSQL's own run programs and write files as its superuser.
_MAY_REWRITE: Final = b"""
    SELECT EXISTS (
        SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace CROSS JOIN pg_roles r
        WHERE pg_class.oid = 'stored_events'::regclass
            AND pg_has_role(coalesce(%(role)s, current_user), r.oid, 'MEMBER')
            AND (
                r.rolsuper
                OR r.rolname IN ('pg_execute_server_program', 'pg_write_server_files')
                OR r.oid IN (relowner, nspowner)
                OR has_table_privilege(r.oid, pg_class.oid, 'DELETE, TRUNCATE')
                OR has_any_column_privilege(r.oid, pg_class.oid, 'UPDATE')
            )
    )
"""
_SET_UP_BEFORE: Final = b"""
    SELECT rolname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
    WHERE pg_class.oid = 'llm_providers'::regclass
        AND relowner <> (SELECT relowner FROM pg_class WHERE oid = 'stored_events'::regclass)
"""


def make_role(connection: Connection[Any], role: str, password: Secret) -> None:
    """A role that may log in with this password and nothing else, or an existing one's new password.

    Only its SCRAM verifier is sent. Call it inside a transaction that holds a lock: PostgreSQL refuses to
    change a role twice at the same time.
    """
    name = Identifier(role)
    if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(name))
    verifier = connection.pgconn.encrypt_password(
        password.reveal().encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(SQL("ALTER ROLE {} PASSWORD {}").format(name, verifier))


def set_up_service_role(connection: Connection[Any], role: str) -> None:
    """Give the role what a serving process needs, and take from it what would let it rewrite the log.

    Idempotent. Call it inside a transaction, as the owner of the database's objects.

    Raises:
        StoreUnavailable: there is no such role, or it has powers that cannot be taken from here.
    """
    try:
        _give_tables(connection, role)
        if connection.execute(_ROW_WRITER_OF).fetchall() != [(role,)]:
            row_writer = "ALTER FUNCTION keyroll_write_rows(jsonb, jsonb) OWNER TO {}"
            connection.execute(SQL(row_writer).format(Identifier(role)))
    except errors.InsufficientPrivilege as error:
        raise StoreUnavailable(
            f"{error.diag.message_primary}: this role must own Keyroll's tables, and be a member of the "
            f"service's role (GRANT {role} TO CURRENT_USER)."
        ) from None
    if may_rewrite_history(connection, role):
        raise StoreUnavailable(
            f"The role {role} could still rewrite history: it is a superuser, it owns the database or its "
            "schema, or it is a member of a role that owns the log, may alter it, or acts as a superuser, "
            "with or without INHERIT. Name one that is none of these."
        )


def _give_tables(connection: Connection[Any], role: str) -> None:
    if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        raise StoreUnavailable(
            f"There is no role {role}: make it with CREATE ROLE {role} LOGIN PASSWORD '…'."
        )
    ((may_create,),) = connection.execute(_MAY_CREATE, [role]).fetchall()
    if not may_create:
        ((schema,),) = connection.execute("SELECT current_schema()").fetchall()
        grant = SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}")
        connection.execute(grant.format(Identifier(schema), Identifier(role)))
    read_models = {read_model.table for read_model in READ_MODELS}
    for table, owned, held in connection.execute(_TABLES, [role]).fetchall():
        if table in _EVIDENCE:
            if owned:
                connection.execute(SQL("ALTER TABLE {} OWNER TO CURRENT_USER").format(Identifier(table)))
            # A right to single columns is none to the table, and goes with the others.
            if owned or set(held) != _EVIDENCE[table] or may_rewrite_history(connection, role):
                revoke = SQL("REVOKE ALL ON {} FROM {}, PUBLIC")
                connection.execute(revoke.format(Identifier(table), Identifier(role)))
                _grant(connection, table, role, _EVIDENCE[table])
        elif table in read_models:
            if not owned:
                give = SQL("ALTER TABLE {} OWNER TO {}").format(Identifier(table), Identifier(role))
                connection.execute(give)
        elif not set(held) >= _READ_AND_WRITE:
            _grant(connection, table, role, _READ_AND_WRITE)


def _grant(connection: Connection[Any], table: str, role: str, privileges: set[str]) -> None:
    named = SQL(", ").join(map(SQL, sorted(privileges)))
    connection.execute(SQL("GRANT {} ON {} TO {}").format(named, Identifier(table), Identifier(role)))


def may_rewrite_history(connection: Connection[Any], role: str | None = None) -> bool:
    """Whether a role, if none is named the connection's own, could alter or remove events.

    What it could do as another role, which it may become, counts.
    """
    ((may,),) = connection.execute(_MAY_REWRITE, {"role": role}).fetchall()
    return bool(may)


def service_role_of(connection: Connection[Any]) -> str | None:
    """The role that was set up before; None if one role owns everything."""
    rows = connection.execute(_SET_UP_BEFORE).fetchall()
    return str(rows[0][0]) if rows else None
