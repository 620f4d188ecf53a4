"""Sealed keys as they lie in the database: moved, altered and destroyed, and what Keyroll makes of it."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import namedtuple_row

from adapters.vault.errors import VaultError
from adapters.vault.fingerprint_key import FINGERPRINT_KEY_ID
from api.commands.core import PROVIDER, Core
from api.commands.keys import open_key
from domain.access import Role
from projections.providers import ProviderRow
from tests.support.keyroll_in_a_thread import KeyrollInAThread

Row = Any
_PROVIDERS = "/v1/llm-providers"


@pytest.fixture
def keys(keyroll: KeyrollInAThread) -> dict[UUID, str]:
    """The key of each provider: three of one organization, three of another."""
    made = {}
    with keyroll.client(keyroll.token(Role.ADMIN, "another")) as theirs:
        for number in range(6):
            key = f"sk-key-number-{number}"
            body = {"name": f"Provider {number}", "provider_type": "openai", "api_key": key}
            answer = (theirs if number % 2 else keyroll.http).post(_PROVIDERS, json=body)
            made[UUID(answer.json()["id"])] = key
    return made


@pytest.fixture
def database(conninfo: str) -> Iterator[psycopg.Connection[Row]]:
    with psycopg.connect(conninfo, autocommit=True, row_factory=namedtuple_row) as connection:
        yield connection


def _sealed(database: psycopg.Connection[Row]) -> list[Row]:
    query = b"SELECT * FROM sealed_keys WHERE key_id <> %s ORDER BY key_id"
    return database.execute(query, [FINGERPRINT_KEY_ID]).fetchall()


def _put(database: psycopg.Connection[Row], row: Row, **values: object) -> None:
    """Write these columns over those of a row."""
    columns = ", ".join(f"{column} = %({column})s" for column in values)
    statement = f"UPDATE sealed_keys SET {columns} WHERE key_id = %(of)s"  # noqa: S608  # our own names
    assert database.execute(statement.encode(), {**values, "of": row.key_id}).rowcount == 1


def _opened(core: Core, provider_id: UUID) -> str | None:
    """The provider's key as a sync would get it; None where the vault or the look-up refuses."""
    row: ProviderRow | None = core.store.load(PROVIDER, provider_id).row
    assert row is not None
    try:
        key = open_key(core, row, {})
    except VaultError:
        return None
    return None if key is None else key.reveal()


def test_every_row_opens_in_its_own_place(keyroll: KeyrollInAThread, keys: dict[UUID, str]) -> None:
    assert {provider: _opened(keyroll.core, provider) for provider in keys} == keys


@pytest.mark.parametrize("moved", [("wrapped_key", "sealed"), ("wrapped_key",), ("sealed",)])
def test_no_envelope_opens_in_the_row_of_another(
    keyroll: KeyrollInAThread,
    keys: dict[UUID, str],
    database: psycopg.Connection[Row],
    moved: tuple[str, ...],
) -> None:
    tried = 0
    for mine, other in permutations(_sealed(database), 2):
        _put(database, mine, **{column: getattr(other, column) for column in moved})
        assert _opened(keyroll.core, mine.provider_id) is None
        _put(database, mine, wrapped_key=mine.wrapped_key, sealed=mine.sealed)
        assert _opened(keyroll.core, mine.provider_id) == keys[mine.provider_id]
        tried += 1
    assert tried == 30


def test_no_row_opens_under_the_identity_of_another(
    keyroll: KeyrollInAThread, keys: dict[UUID, str], database: psycopg.Connection[Row]
) -> None:
    tried = 0
    for mine, other in permutations(_sealed(database), 2):
        with database.transaction(force_rollback=False):
            database.execute("DELETE FROM sealed_keys WHERE key_id = %s", [other.key_id])
            identity = {part: getattr(other, part) for part in ("key_id", "organization", "provider_id")}
            _put(database, mine, **identity)
        assert _opened(keyroll.core, other.provider_id) is None
        assert _opened(keyroll.core, mine.provider_id) is None
        with database.transaction():
            database.execute("DELETE FROM sealed_keys WHERE key_id = %s", [other.key_id])
            for row in (mine, other):
                database.execute("INSERT INTO sealed_keys VALUES (%s, %s, %s, %s, %s, %s, %s)", row)
        tried += 1
    assert tried == 30
    assert {provider: _opened(keyroll.core, provider) for provider in keys} == keys


@pytest.mark.parametrize("column", ["wrapped_key", "sealed", "key_id", "organization", "provider_id"])
def test_a_row_with_any_single_bit_changed_does_not_open(
    keyroll: KeyrollInAThread, keys: dict[UUID, str], database: psycopg.Connection[Row], column: str
) -> None:
    row = _sealed(database)[0]
    whole = getattr(row, column)
    raw = whole.bytes if isinstance(whole, UUID) else bytes(whole)
    for bit in range(len(raw) * 8):
        flipped = (int.from_bytes(raw, "big") ^ (1 << bit)).to_bytes(len(raw), "big")
        changed = UUID(bytes=flipped) if isinstance(whole, UUID) else flipped
        _put(database, row, **{column: changed})
        assert _opened(keyroll.core, row.provider_id) is None
        moved = row._replace(key_id=changed) if column == "key_id" else row
        _put(database, moved, **{column: whole})
    assert len(raw) * 8 >= 128
    assert _opened(keyroll.core, row.provider_id) == keys[row.provider_id]


@pytest.mark.parametrize(
    "change", [{"format": 0}, {"format": 2}, {"master_key_id": "m2"}, {"master_key_id": ""}]
)
def test_a_row_of_another_format_or_master_key_does_not_open(
    keyroll: KeyrollInAThread,
    keys: dict[UUID, str],
    database: psycopg.Connection[Row],
    change: dict[str, object],
) -> None:
    row = _sealed(database)[0]
    _put(database, row, **change)
    assert _opened(keyroll.core, row.provider_id) is None
    _put(database, row, format=row.format, master_key_id=row.master_key_id)
    assert _opened(keyroll.core, row.provider_id) == keys[row.provider_id]


def test_a_sync_with_an_altered_row_says_what_to_do_and_the_same_key_entered_again_heals_it(
    keyroll: KeyrollInAThread, keys: dict[UUID, str], database: psycopg.Connection[Row]
) -> None:
    row = _sealed(database)[0]
    _put(database, row, sealed=bytes(row.sealed[:-1]) + bytes([row.sealed[-1] ^ 1]))
    path = f"{_PROVIDERS}/{row.provider_id}"
    key = keys[row.provider_id]
    version = keyroll.http.get(path).json()["version"]
    outcome = keyroll.http.post(f"{path}/sync-models").json()
    assert (outcome["status"], outcome["code"]) == ("failed", "no_key")
    assert "enter the key again" in outcome["message"]
    assert keyroll.http.patch(path, json={"api_key": key}).json()["version"] == version + 1
    assert _opened(keyroll.core, row.provider_id) == key
    assert row.key_id not in [kept.key_id for kept in _sealed(database)]
    assert len(_sealed(database)) == len(keys)
    assert keyroll.http.patch(path, json={"api_key": key}).json()["version"] == version + 1


_WATCH = """
    CREATE TABLE watched (deed text, written_by xid8 DEFAULT pg_current_xact_id());
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO watched VALUES (TG_OP || ' ' || TG_TABLE_NAME);
        RETURN NULL;
    END $$;
    CREATE TRIGGER watch_keys AFTER INSERT OR DELETE ON sealed_keys FOR EACH ROW EXECUTE FUNCTION watch();
    CREATE TRIGGER watch_log AFTER INSERT ON stored_events FOR EACH STATEMENT EXECUTE FUNCTION watch();
"""


def _rotate(http: httpx.Client, path: str) -> httpx.Response:
    return http.patch(path, json={"api_key": "sk-the-next-key"})


def _remove(http: httpx.Client, path: str) -> httpx.Response:
    return http.patch(path, json={"api_key": None})


def _move(http: httpx.Client, path: str) -> httpx.Response:
    return http.patch(path, json={"base_url": "https://llm.example.com/v1"})


def _delete(http: httpx.Client, path: str) -> httpx.Response:
    return http.delete(path)


@pytest.mark.parametrize("deed", [_rotate, _remove, _move, _delete])
def test_the_old_key_is_destroyed_in_the_transaction_that_says_so_or_not_at_all(
    keyroll: KeyrollInAThread, keys: dict[UUID, str], database: psycopg.Connection[Row], deed: Any
) -> None:
    mine = keyroll.http.get(_PROVIDERS).json()["data"][0]
    path, provider = f"{_PROVIDERS}/{mine['id']}", UUID(mine["id"])
    (before,) = [row for row in _sealed(database) if row.provider_id == provider]
    database.execute("ALTER TABLE stored_events ADD CONSTRAINT never CHECK (topic = '') NOT VALID")
    assert deed(keyroll.http, path).status_code == 500
    assert before in _sealed(database)
    assert _opened(keyroll.core, provider) == keys[provider]
    database.execute("ALTER TABLE stored_events DROP CONSTRAINT never")
    database.execute(_WATCH.encode())
    assert deed(keyroll.http, path).is_success
    assert before.key_id not in [row.key_id for row in _sealed(database)]
    watched = database.execute("SELECT deed, written_by FROM watched").fetchall()
    rotated = ["INSERT sealed_keys"] if deed is _rotate else []
    deeds = sorted({row.deed for row in watched})
    assert deeds == ["DELETE sealed_keys", *rotated, "INSERT stored_events"]
    assert len({row.written_by for row in watched}) == 1
