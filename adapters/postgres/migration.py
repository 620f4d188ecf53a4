"""The migration step: bring the shape forward with a role of its own, and set up the service's role."""

from typing import Any, NamedTuple

import psycopg

from adapters.postgres.datastore import check_reachable, connection_settings
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.schema import MIGRATIONS, migrate, one_migration_at_a_time
from adapters.postgres.service_role import make_role, service_role_of, set_up_service_role
from domain.secret import Secret


class Migrated(NamedTuple):
    """The number of the shape, and the service's role; None if one role owns everything."""

    shape: int
    service_role: str | None


def bring_forward(conninfo: str, service_role: str | None = None) -> Migrated:
    """Bring the database to this version's shape, as whoever the conninfo names. Safe to run again.

    Args:
        conninfo: the database, with the role that owns or shall own its tables.
        service_role: the role that serving processes connect as; None: the one set up before, if any.

    Raises:
        StoreUnavailable: it cannot be done; the message says what to do.
    """
    check_reachable(conninfo)
    settings: dict[str, Any] = connection_settings(conninfo)
    with psycopg.connect(**settings) as connection:
        migrate(connection)
        with connection.transaction():
            one_migration_at_a_time(connection)
            role = service_role or service_role_of(connection)
            if role is not None:
                set_up_service_role(connection, role)
    return Migrated(len(MIGRATIONS), role)


def let_in(owner: str, service: str, role: str, password: Secret) -> None:
    """Make sure that the role can log in, on a server where the owner is superuser.

    Args:
        owner: how the superuser connects; always to the same database, since that is where the lock is.
        service: how the role will connect.
        role: its name.
        password: its password.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    try:
        check_reachable(service)
    except StoreUnavailable:
        settings: dict[str, Any] = connection_settings(owner)
        with psycopg.connect(**settings) as connection, connection.transaction():
            one_migration_at_a_time(connection)
            make_role(connection, role, password)
        check_reachable(service)
