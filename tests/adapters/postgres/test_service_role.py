"""The service's role: it writes history and cannot rewrite it, however it is asked to."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.embedded.conninfo import SERVICE
from adapters.embedded.server import RunningServer
from adapters.postgres.log_verification import verify_log
from adapters.postgres.migration import Migrated, bring_forward
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.schema import MIGRATIONS
from adapters.postgres.service_role import make_role, may_rewrite_history
from adapters.postgres.store import Store
from domain.secret import Secret
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.examples import NOON
from tests.support.service import as_service
from tests.support.tables import execute
from tests.support.writes import discovered, meta, provider, sealed_key

PASSWORD = "a password of these tests"


@pytest.fixture
def service(conninfo: str) -> str:
    """The connection string of the service's role, over a log with two events."""
    with closing(Store(as_service(conninfo))) as store:
        store.append([provider("One"), provider("Two")], meta(), NOON, sealed=sealed_key())
    return as_service(conninfo)


class Roles:
    """Roles of one test, gone afterwards with their database."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._made: list[str] = []
        self.database = f"roles_{uuid4().hex}"
        self.conninfo = create_database(server, self.database)

    def login(self, attributes: str = "") -> str:
        """A new role's name."""
        name = f"role_{uuid4().hex}"
        with psycopg.connect(self._server.conninfo, autocommit=True) as connection:
            with connection.transaction():
                make_role(connection, name, Secret(PASSWORD))
            if attributes:
                connection.execute(f"ALTER ROLE {name} {attributes}".encode())
        self._made.append(name)
        return name

    def as_(self, name: str) -> str:
        """How it connects to the database."""
        return make_conninfo(self.conninfo, user=name, password=PASSWORD)

    def drop(self) -> None:
        drop_database(self._server, self.database)
        for name in self._made:
            execute(self._server.conninfo, f"DROP ROLE {name}")


@pytest.fixture
def roles(postgres: RunningServer) -> Iterator[Roles]:
    made = Roles(postgres)
    yield made
    made.drop()


@pytest.fixture
def owner(roles: Roles) -> str:
    """A role that owns the database and is no superuser."""
    name = roles.login()
    execute(roles.conninfo, f"ALTER DATABASE {roles.database} OWNER TO {name}")
    return name


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE stored_events SET actor = 'x'",
        "UPDATE stored_events SET hash = ''",
        "DELETE FROM stored_events",
        "TRUNCATE stored_events",
        "DROP TABLE stored_events",
        "ALTER TABLE stored_events ADD COLUMN extra text",
        "ALTER TABLE stored_events DISABLE TRIGGER ALL",
        "ALTER TABLE stored_events RENAME TO other",
        "ALTER TABLE stored_events OWNER TO CURRENT_USER",
        "CREATE TRIGGER t BEFORE INSERT ON stored_events EXECUTE FUNCTION keyroll_refuse_older_writer()",
        "CREATE RULE r AS ON INSERT TO stored_events DO INSTEAD NOTHING",
        "CREATE INDEX ON stored_events (actor)",
        "SELECT * FROM stored_events FOR UPDATE",
        "MERGE INTO stored_events USING (SELECT 1) ON true WHEN MATCHED THEN DELETE",
        "DELETE FROM log_head",
        "INSERT INTO log_head VALUES (99, '', 1)",
        "TRUNCATE log_head",
        "DROP TABLE log_head",
        "UPDATE keyroll_schema SET version = 0",
        "DROP SCHEMA public CASCADE",
        "DROP FUNCTION keyroll_begin_append(uuid, jsonb)",
        "CREATE ROLE another SUPERUSER",
        f"ALTER ROLE {SERVICE} SUPERUSER",
        "SET ROLE keyroll",
        "SET session_replication_role = replica",
    ],
)
def test_the_service_cannot_rewrite_history(service: str, conninfo: str, deed: str) -> None:
    before = verify_log(conninfo)
    with (
        psycopg.connect(service, autocommit=True) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.DependentObjectsStillExist)),
    ):
        connection.execute(deed.encode())
    assert verify_log(conninfo) == before
    assert (before.events, before.flaw) == (2, None)


@pytest.mark.parametrize(
    "deed",
    [
        "ALTER TABLE llm_providers ADD COLUMN extra text",
        "CREATE TABLE beside (LIKE llm_providers)",
        "TRUNCATE llm_models",
        "DELETE FROM sealed_keys",
        "DELETE FROM idempotent_requests",
        "SELECT * FROM stored_events",
    ],
)
def test_what_is_no_history_is_the_services_to_change(service: str, deed: str) -> None:
    with psycopg.connect(service, autocommit=True) as connection:
        connection.execute(deed.encode())


def test_the_service_writes_in_both_ways(service: str, conninfo: str) -> None:
    with closing(Store(service)) as store:
        store.append([provider("Three")], meta(), NOON, sealed=sealed_key())
        store.append(discovered(uuid4(), 250), meta(), NOON)
    found = verify_log(service)
    assert (found.events, found.flaw) == (253, None)
    assert verify_log(conninfo) == found


def test_a_role_knows_whether_it_could_rewrite_history(service: str, conninfo: str) -> None:
    def may(who: str) -> bool:
        with psycopg.connect(who) as connection:
            return may_rewrite_history(connection)

    assert may(conninfo)
    assert not may(service)


def test_the_service_cannot_bring_an_old_shape_forward_and_says_who_can(service: str, conninfo: str) -> None:
    execute(conninfo, "UPDATE keyroll_schema SET functions = 'older'")
    with pytest.raises(StoreUnavailable, match="run `keyroll migrate` with the role that owns the tables"):
        Store(service)
    assert bring_forward(conninfo) == Migrated(len(MIGRATIONS), SERVICE)
    Store(service).close()


def test_a_database_that_one_role_owned_is_divided_and_stays_so(roles: Roles, owner: str) -> None:
    with closing(Store(roles.as_(owner))) as store:
        store.append([provider("One")], meta(), NOON)
    assert bring_forward(roles.as_(owner)) == Migrated(len(MIGRATIONS), None)
    service = roles.login()
    execute(roles.conninfo, f"GRANT {service} TO {owner}")
    for named in (service, service, None):
        assert bring_forward(roles.as_(owner), named) == Migrated(len(MIGRATIONS), service)
    with closing(Store(roles.as_(service))) as store:
        store.append([provider("Two")], meta(), NOON)
    assert verify_log(roles.as_(service)).events == 2
    with psycopg.connect(roles.as_(service)) as connection:
        assert not may_rewrite_history(connection)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM stored_events")


def test_the_service_that_owned_everything_loses_the_log_to_the_migrating_role(
    roles: Roles, owner: str
) -> None:
    service = roles.login()
    execute(roles.conninfo, f"GRANT CREATE ON SCHEMA public TO {service}")
    Store(roles.as_(service)).close()
    execute(roles.conninfo, f"GRANT {service} TO {owner}")
    bring_forward(roles.as_(owner), service)
    with psycopg.connect(roles.as_(service)) as connection:
        assert not may_rewrite_history(connection)
    with closing(Store(roles.as_(service))) as store:
        store.append([provider("One")], meta(), NOON)


def test_a_right_to_alter_single_columns_is_taken_too(roles: Roles, owner: str) -> None:
    service = roles.login()
    execute(roles.conninfo, f"GRANT {service} TO {owner}")
    bring_forward(roles.as_(owner), service)
    execute(roles.as_(owner), f"GRANT UPDATE (actor) ON stored_events TO {service}")
    with psycopg.connect(roles.as_(service)) as connection:
        assert may_rewrite_history(connection)
    bring_forward(roles.as_(owner), service)
    with psycopg.connect(roles.as_(service)) as connection:
        assert not may_rewrite_history(connection)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE stored_events SET actor = 'x'")


def test_a_role_that_is_not_there_is_asked_for(roles: Roles, owner: str) -> None:
    with pytest.raises(StoreUnavailable, match="CREATE ROLE nobody_knows LOGIN"):
        bring_forward(roles.as_(owner), "nobody_knows")


def test_an_owner_who_may_not_give_tables_away_is_told_what_is_missing(roles: Roles, owner: str) -> None:
    service = roles.login()
    with pytest.raises(StoreUnavailable, match=f"GRANT {service} TO"):
        bring_forward(roles.as_(owner), service)


@pytest.mark.parametrize("power", ["superuser", "member of the owner", "owner of the database"])
def test_a_role_with_powers_that_cannot_be_taken_is_refused(roles: Roles, owner: str, power: str) -> None:
    service = roles.login("SUPERUSER" if power == "superuser" else "")
    migrating = roles.as_(owner)
    execute(roles.conninfo, f"GRANT {service} TO {owner}")
    if power == "member of the owner":
        execute(roles.conninfo, f"REVOKE {service} FROM {owner}")
        execute(roles.conninfo, f"GRANT {owner} TO {service}")
        migrating = roles.conninfo
        bring_forward(roles.as_(owner))
    if power == "owner of the database":
        execute(roles.conninfo, f"GRANT CREATE ON SCHEMA public TO {owner}")
        bring_forward(roles.as_(owner))
        execute(roles.conninfo, f"ALTER DATABASE {roles.database} OWNER TO {service}")
    with pytest.raises(StoreUnavailable, match="could still rewrite history"):
        bring_forward(migrating, service)


@pytest.mark.parametrize(
    "powers",
    [
        "GRANT DELETE ON stored_events TO {other}",
        "GRANT UPDATE (actor) ON stored_events TO {other}",
        "ALTER TABLE stored_events OWNER TO {other}",
        "ALTER ROLE {other} SUPERUSER",
        "GRANT pg_write_all_data TO {other}",
        "GRANT pg_execute_server_program TO {other}",
    ],
)
@pytest.mark.parametrize("terms", ["INHERIT FALSE", "INHERIT FALSE, SET FALSE, ADMIN TRUE"])
def test_what_a_role_could_do_as_another_one_counts(
    roles: Roles, owner: str, powers: str, terms: str
) -> None:
    service, other = roles.login(), roles.login()
    execute(roles.conninfo, f"GRANT {service} TO {owner}")
    bring_forward(roles.as_(owner), service)
    execute(roles.conninfo, f"GRANT {other} TO {service} WITH {terms}")
    bring_forward(roles.as_(owner), service)
    execute(roles.conninfo, powers.format(other=other))
    with psycopg.connect(roles.as_(service)) as connection:
        assert may_rewrite_history(connection)
    with pytest.raises(StoreUnavailable, match="with or without INHERIT"):
        bring_forward(roles.as_(owner), service)


def test_a_password_is_never_sent_and_a_second_one_takes_the_place_of_the_first(
    roles: Roles, postgres: RunningServer
) -> None:
    name = roles.login()
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        with connection.transaction():
            make_role(connection, name, Secret("another"))
        found: list[Any] = connection.execute(
            "SELECT rolpassword LIKE %s, rolsuper, rolcreaterole FROM pg_authid WHERE rolname = %s",
            ["SCRAM-SHA-256$%", name],
        ).fetchall()
    assert found == [(True, False, False)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(roles.as_(name))
    psycopg.connect(make_conninfo(roles.as_(name), password="another")).close()
