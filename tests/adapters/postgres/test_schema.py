"""The database's shape, made by any number of processes, and the same as the read models'."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.embedded.server import RunningServer
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.row_writer import FIRST_VERSION
from adapters.postgres.schema import MIGRATIONS, migrate
from adapters.postgres.store import Store
from projections.all import READ_MODELS
from projections.read_model import ReadModel
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.examples import NOON
from tests.support.tables import ALL_TABLES, everything, execute
from tests.support.writes import meta, provider

PROCESSES = 8
TYPES = {
    UUID: {"uuid"},
    str: {"text"},
    int: {"integer", "bigint"},
    bool: {"boolean"},
}


@pytest.fixture
def empty(postgres: RunningServer) -> Iterator[str]:
    """A database without any table."""
    name = f"empty_{uuid4().hex}"
    yield create_database(postgres, name)
    drop_database(postgres, name)


def _migrate(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        migrate(connection)


def _rows(conninfo: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def test_eight_starts_at_once_make_one_schema(empty: str) -> None:
    with ThreadPoolExecutor(PROCESSES) as threads:
        for start in [threads.submit(_migrate, empty) for _ in range(PROCESSES)]:
            start.result()
    assert _rows(empty, "SELECT version FROM keyroll_schema") == [(len(MIGRATIONS),)]
    assert everything(empty) == {table: [] for table in ALL_TABLES}


_VERSIONS = "SELECT name, version, built_at IS NULL FROM projections"


def test_an_empty_database_has_the_read_models_of_today_at_once(empty: str) -> None:
    _migrate(empty)
    today = {(read_model.table, read_model.version, True) for read_model in READ_MODELS}
    assert set(_rows(empty, _VERSIONS)) == today
    assert max(version for _, version, _ in today) > FIRST_VERSION, "there is one that has changed"


def test_a_database_that_has_events_gets_the_read_models_of_today_when_a_process_starts(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.row_writer._NOTHING_YET", b"SELECT false")
    _migrate(empty)
    assert {version for _, version, _ in _rows(empty, _VERSIONS)} == {FIRST_VERSION}
    Store(empty).close()
    todays = {
        (read_model.table, read_model.version, read_model.version == FIRST_VERSION)
        for read_model in READ_MODELS
    }
    assert set(_rows(empty, _VERSIONS)) == todays


def test_a_second_start_changes_nothing(store: Store, conninfo: str) -> None:
    store.append([provider("One")], meta(), NOON)
    before = everything(conninfo), _rows(conninfo, "SELECT xmin, * FROM keyroll_schema")
    _migrate(conninfo)
    assert (everything(conninfo), _rows(conninfo, "SELECT xmin, * FROM keyroll_schema")) == before


def test_a_database_of_a_newer_version_is_left_alone(conninfo: str) -> None:
    execute(conninfo, "UPDATE keyroll_schema SET version = version + 1, functions = 'newer'")
    before = _rows(conninfo, "SELECT * FROM keyroll_schema")
    with pytest.raises(StoreUnavailable, match=r"of a newer Keyroll.*start that version or a later one"):
        _migrate(conninfo)
    assert _rows(conninfo, "SELECT * FROM keyroll_schema") == before


def test_a_database_of_the_first_version_is_brought_forward_with_what_it_holds(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        first.setattr("adapters.postgres.schema.MIGRATIONS", MIGRATIONS[:1])
        first.setattr("adapters.postgres.schema._functions", lambda: "")
        first.setattr("adapters.postgres.schema.register_read_models", lambda _connection: None)
        first.setattr("adapters.postgres.schema.put_row_writer", lambda _connection: None)
        _migrate(empty)
    execute(
        empty,
        "INSERT INTO llm_models VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'old',"
        " 'discovered', 'active', false, false, NULL, NULL, %s, '{}', now(), now())",
        '{"retires_at":"2026-12-24T00:00:00Z"}',
    )
    _migrate(empty)
    assert _rows(empty, "SELECT retires_at FROM llm_models") == [(datetime(2026, 12, 24, tzinfo=UTC),)]
    assert _rows(empty, "SELECT version FROM keyroll_schema") == [(len(MIGRATIONS),)]


def test_another_versions_functions_are_replaced(store: Store, conninfo: str) -> None:
    execute(conninfo, "UPDATE keyroll_schema SET functions = 'older'")
    execute(
        conninfo,
        "CREATE OR REPLACE FUNCTION keyroll_write_rows(p_rows jsonb, p_gone jsonb) RETURNS void"
        " LANGUAGE plpgsql AS 'BEGIN END'",
    )
    store.append([provider("Old")], meta(), NOON)
    assert everything(conninfo)["llm_providers"] == []
    _migrate(conninfo)
    store.append([provider("New")], meta(), NOON)
    assert len(everything(conninfo)["llm_providers"]) == 1


@pytest.mark.parametrize("read_model", READ_MODELS, ids=lambda read_model: read_model.table)
def test_a_read_models_columns_are_its_tables(conninfo: str, read_model: ReadModel[Any]) -> None:
    columns = _rows(
        conninfo,
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_name = %s ORDER BY ordinal_position",
        read_model.table,
    )
    assert [name for name, _, _ in columns] == list(read_model.row._fields)
    hints = get_type_hints(read_model.row)
    for name, data_type, nullable in columns:
        python_types = set(get_args(hints[name])) or {hints[name]}
        assert (nullable == "YES") is (type(None) in python_types), name
        (python_type,) = python_types - {type(None)}
        assert data_type in TYPES.get(python_type, {"timestamp with time zone"}), name


@pytest.mark.parametrize("read_model", READ_MODELS, ids=lambda read_model: read_model.table)
def test_a_read_model_has_a_primary_key_of_its_id(conninfo: str, read_model: ReadModel[Any]) -> None:
    query = """SELECT a.attname FROM pg_index i JOIN pg_attribute a
        ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = %s::regclass AND i.indisprimary"""
    assert _rows(conninfo, query, read_model.table) == [("id",)]
