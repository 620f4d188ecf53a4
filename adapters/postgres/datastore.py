"""The connections that commands use: a pool of psycopg's, made from any libpq conninfo."""

from typing import Final

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row

from adapters.postgres.refusals import StoreUnavailable
from projections.all import READ_MODELS

POOL_SIZE: Final = 2
MAX_OVERFLOW: Final = 14
CONNECT_TIMEOUT: Final = 5.0
"""Seconds to wait for a free or new connection."""

_OPTIONS: Final = (
    "-c lock_timeout=10s -c statement_timeout=120s -c timezone=UTC"
    # A host that lost its power lets go of its leases within a minute, not after the system's two hours.
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
_VERSION: Final = "-c keyroll.{table}={version}"
"""Says which version of a read model this process writes: its table refuses older ones."""


def connection_settings(conninfo: str) -> dict[str, object]:
    """The conninfo's parameters, and what every connection of ours sets: time limits, UTC, keepalives."""
    given = {name: value for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    versions = (_VERSION.format(table=it.table, version=it.version) for it in READ_MODELS)
    options = " ".join((_OPTIONS, *versions, str(given.pop("options", "")))).strip()
    ours = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "tcp_user_timeout": 20_000,
        "application_name": "keyroll",
    }
    return {**ours, **given, "options": options, "autocommit": True}


def check_reachable(conninfo: str) -> None:
    """Connect once, because a pool does not tell why it cannot.

    Raises:
        StoreUnavailable: with libpq's reason, in which there is no password.
    """
    try:
        settings = connection_settings(conninfo)
    except psycopg.ProgrammingError:
        # libpq's message would repeat what it could not read, and that may be the password.
        raise StoreUnavailable("The database URL is none: write postgresql://user@host:5432/name.") from None
    try:
        psycopg.connect(**settings).close()  # type: ignore[arg-type]  # libpq's parameters, by their names
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise StoreUnavailable(f"PostgreSQL cannot be reached: {reason}") from None


class Datastore(PostgresDatastore):
    """The library's datastore, which takes its parts one by one, made from a whole conninfo."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(
            dbname="",
            host="",
            port="",
            user="",
            password="",  # the conninfo brings it
            connect_timeout=CONNECT_TIMEOUT,
            pool_size=POOL_SIZE,
            max_overflow=MAX_OVERFLOW,
        )
        self.pool.kwargs = {**connection_settings(conninfo), "row_factory": tuple_row}
