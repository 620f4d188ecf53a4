"""kill -9 in the middle of a sync of thousands of models."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx
import psycopg
import pytest

from adapters.embedded.server import start
from api.commands.sync_completion import CHUNK
from api.compose import opened
from api.settings import settings_from
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_process import KeyrollProcess, data_folder_in, kill_postgres
from tests.support.ledger import Ledger
from tests.support.log_checks import complaints
from tests.support.vendor_models import openai_row
from tests.support.vendor_servers import OpenAIServer

MODELS: Final = 4_000
Stopped: TypeAlias = Callable[[Path], AbstractContextManager[psycopg.Connection[Any]]]
_KEY: Final = "sk-of-the-big-vendor-1234"
_WAITS_FOR_A_LOCK: Final = (
    b"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND wait_event_type = 'Lock'"
)
_STOP: Final = """
    CREATE FUNCTION stop_there() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
    CREATE TRIGGER stop_there BEFORE INSERT ON llm_models FOR EACH ROW WHEN (NEW.model_id = '{model}')
    EXECUTE FUNCTION stop_there();
"""


@pytest.fixture(scope="module")
def vendor() -> Iterator[OpenAIServer]:
    rows = [openai_row(f"model-{number:05}") for number in range(MODELS)]
    with OpenAIServer(key=_KEY, models=rows) as running:
        yield running


@contextmanager
def _stopped_at_the_rows(folder: Path) -> Iterator[psycopg.Connection[Any]]:
    """While this holds, a sync gets as far as its events, and waits before the models' rows."""
    with start(folder) as server, psycopg.connect(server.conninfo) as lock:
        lock.execute("LOCK TABLE llm_models IN SHARE MODE")
        with psycopg.connect(server.conninfo, autocommit=True) as watch:
            yield watch


@contextmanager
def _stopped_in_the_second_chunk(folder: Path) -> Iterator[psycopg.Connection[Any]]:
    """While this holds, a sync gets as far as a model of its second chunk."""
    with start(folder) as server, psycopg.connect(server.conninfo, autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(1)")
        lock.execute(_STOP.replace("{model}", f"model-{CHUNK + 7:05}").encode())
        with psycopg.connect(server.conninfo, autocommit=True) as watch:
            yield watch


def _let_pass(folder: Path) -> None:
    with start(folder) as server, psycopg.connect(server.conninfo) as connection:
        connection.execute("DROP FUNCTION stop_there CASCADE")


def _waits(watch: psycopg.Connection[Any]) -> bool:
    return watch.execute(_WAITS_FOR_A_LOCK).fetchone() == (1,)


def _sync(keyroll: KeyrollProcess, path: str, answers: list[int]) -> None:
    try:
        answers.append(keyroll.http.post(f"{path}/sync-models").status_code)
    except httpx.TransportError:
        answers.append(0)


def _killed_in_the_middle(
    folder: Path, keyroll: KeyrollProcess, path: str, victim: str, stopped: Stopped = _stopped_at_the_rows
) -> list[int]:
    """What the client was answered; 0 is nothing."""
    answers: list[int] = []
    asking = threading.Thread(target=_sync, args=(keyroll, path, answers))
    try:
        with stopped(folder) as watch:
            asking.start()
            wait_until(lambda: _waits(watch))
            if victim == "keyroll":
                keyroll.kill()
            else:
                kill_postgres(folder)
    except psycopg.OperationalError:
        assert victim == "postgres"
    asking.join()
    return answers


@pytest.mark.parametrize("victim", ["keyroll", "postgres"])
def test_a_sync_killed_between_events_and_rows_leaves_nothing_and_the_next_one_heals(
    tmp_path: Path, vendor: OpenAIServer, victim: str
) -> None:
    settings = {"KEYROLL_OPENAI_BASE_URL": vendor.base_url, "KEYROLL_SYNC_INTERVAL_HOURS": "0"}
    ledger = Ledger(sent_keys={_KEY: "create"})
    with data_folder_in(tmp_path) as folder:
        with KeyrollProcess(folder, settings) as keyroll:
            body = {"name": "Big", "provider_type": "openai", "api_key": _KEY}
            made = keyroll.http.post("/v1/llm-providers", json=body, headers={"X-Request-Id": "create.1"})
            path = f"/v1/llm-providers/{made.json()['id']}"
            answers = _killed_in_the_middle(folder, keyroll, path, victim)
        assert answers in ([0], [503], [200])
        with KeyrollProcess(folder, settings) as keyroll:
            # A PostgreSQL that was killed is started again, and then the write is made again: all of it.
            made_again = answers == [200]
            found = keyroll.http.get(f"{path}/models?include_stale=true").json()["data"]
            (first,) = keyroll.http.get(f"{path}/syncs").json()["data"]
            assert (bool(found), first["status"] == "success") == (made_again, made_again)
            assert first["created"] == (MODELS if made_again else 0)
            _nothing_is_wrong(folder, ledger)
            healed = keyroll.http.post(f"{path}/sync-models").json()
            assert (healed["status"], healed["stale"]) == ("success", 0)
            assert (healed["created"], healed["updated"]) == ((0, MODELS) if made_again else (MODELS, 0))
            latest, first = keyroll.http.get(f"{path}/syncs").json()["data"]
            assert latest["status"] == "success"
            assert (first["status"], first["code"]) == (
                ("success", None) if made_again else ("failed", "abandoned")
            )
            again = keyroll.http.post(f"{path}/sync-models").json()
            assert (again["created"], again["updated"], again["changed"]) == (0, MODELS, 0)
            _nothing_is_wrong(folder, ledger)


@pytest.mark.parametrize("victim", ["keyroll", "postgres"])
def test_a_sync_killed_in_its_second_chunk_leaves_the_first_and_the_next_one_heals(
    tmp_path: Path, vendor: OpenAIServer, victim: str
) -> None:
    assert CHUNK < MODELS
    settings = {"KEYROLL_OPENAI_BASE_URL": vendor.base_url, "KEYROLL_SYNC_INTERVAL_HOURS": "0"}
    ledger = Ledger(sent_keys={_KEY: "create"})
    with data_folder_in(tmp_path) as folder:
        with KeyrollProcess(folder, settings) as keyroll:
            body = {"name": "Big", "provider_type": "openai", "api_key": _KEY}
            made = keyroll.http.post("/v1/llm-providers", json=body, headers={"X-Request-Id": "create.1"})
            path = f"/v1/llm-providers/{made.json()['id']}"
            answers = _killed_in_the_middle(folder, keyroll, path, victim, _stopped_in_the_second_chunk)
        assert answers in ([0], [503], [200])
        made_again = answers == [200]
        _let_pass(folder)
        with KeyrollProcess(folder, settings) as keyroll:
            (first,) = keyroll.http.get(f"{path}/syncs").json()["data"]
            assert (first["status"] == "success", first["created"] == MODELS) == (made_again, made_again)
            told = keyroll.http.get(f"{path}/syncs/{first['sync_id']}").json()["models"]
            assert len(told) == (MODELS if made_again else CHUNK)
            _nothing_is_wrong(folder, ledger)
            healed = keyroll.http.post(f"{path}/sync-models").json()
            assert (healed["created"], healed["updated"]) == (MODELS - len(told), len(told))
            latest = keyroll.http.get(f"{path}/syncs").json()["data"][0]
            assert (latest["status"], latest["stale"]) == ("success", 0)
            _nothing_is_wrong(folder, ledger)


def _nothing_is_wrong(folder: Path, ledger: Ledger) -> None:
    with opened(settings_from({"KEYROLL_DATA_DIR": str(folder)})) as database:
        assert complaints(database.core, ledger) == []
