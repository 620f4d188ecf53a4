"""Several `keyroll serve` processes on one database: each sees what another wrote, and outlives its death."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import server_processes
from tests.support.keyroll_process import KeyrollProcess, data_folder_in
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer

_FIRST_KEY: Final = "sk-first-key-1234"
_SECOND_KEY: Final = "sk-second-key-5678"


@pytest.fixture
def vendor() -> Iterator[OpenAIServer]:
    with OpenAIServer(key=_SECOND_KEY, models=OPENAI_MODELS) as running:
        yield running


@contextmanager
def _two_on(folder: Path, settings: dict[str, str]) -> Iterator[tuple[KeyrollProcess, KeyrollProcess]]:
    with KeyrollProcess(folder, settings) as one, KeyrollProcess(folder, settings) as other:
        yield one, other


def _each_sees_what_the_other_wrote(one: httpx.Client, other: httpx.Client) -> None:
    body = {"name": "Shared", "provider_type": "openai", "api_key": _FIRST_KEY}
    path = f"/v1/llm-providers/{one.post('/v1/llm-providers', json=body).json()['id']}"
    models = f"{path}/models"
    assert other.get(path).json()["key_hint"] == "1234"
    assert other.post(f"{path}/sync-models").json()["code"] == "key_rejected"
    assert one.patch(path, json={"api_key": _SECOND_KEY}).status_code == 200
    assert other.get(path).json()["key_hint"] == "5678"
    assert other.post(f"{path}/sync-models").json()["created"] == len(OPENAI_MODELS)
    assert len(one.get(models).json()["data"]) == len(OPENAI_MODELS)
    assert other.patch(path, json={"status": "disabled"}).status_code == 200
    assert one.get(path).json()["status"] == "disabled"
    assert one.get(models).json()["data"] == []


def _a_revoked_token_opens_neither(one: KeyrollProcess, other: KeyrollProcess) -> None:
    issued = one.http.post("/v1/tokens", json={"name": "guest", "role": "viewer"}).json()
    with other.client(issued["token"]) as at_the_other, one.client(issued["token"]) as at_the_one:
        assert at_the_other.get("/v1/llm-providers").status_code == 200
        assert one.http.delete(f"/v1/tokens/{issued['id']}").status_code == 204
        assert at_the_other.get("/v1/llm-providers").status_code == 401
        assert at_the_one.get("/v1/llm-providers").status_code == 401


def _still_writes(keyroll: KeyrollProcess, name: str) -> None:
    made = keyroll.http.post("/v1/llm-providers", json={"name": name, "provider_type": "gemini"})
    assert made.status_code == 201


@pytest.mark.parametrize("killed_first", [True, False])
def test_two_processes_on_one_data_folder_serve_as_one_and_the_last_to_stop_takes_postgres_along(
    tmp_path: Path, vendor: OpenAIServer, killed_first: bool
) -> None:
    settings = {"KEYROLL_OPENAI_BASE_URL": vendor.base_url, "KEYROLL_SYNC_INTERVAL_HOURS": "0"}
    with data_folder_in(tmp_path) as folder, _two_on(folder, settings) as (first, second):
        postmaster = server_processes(folder)
        assert postmaster != []
        _each_sees_what_the_other_wrote(first.http, second.http)
        _a_revoked_token_opens_neither(second, first)
        killed, survivor = (first, second) if killed_first else (second, first)
        killed.kill()
        _still_writes(survivor, "After the death of the other")
        with KeyrollProcess(folder, settings) as third:
            _each_sees_what_the_other_wrote_anew(survivor, third)
            assert survivor.stop() == 0
            _still_writes(third, "After the leave of the other")
            assert set(postmaster) & set(server_processes(folder))
            assert third.stop() == 0
        assert server_processes(folder) == []


def _each_sees_what_the_other_wrote_anew(one: KeyrollProcess, other: KeyrollProcess) -> None:
    _still_writes(one, "Seen by a later process")
    names = [provider["name"] for provider in other.http.get("/v1/llm-providers").json()["data"]]
    assert "Seen by a later process" in names


def test_two_processes_on_a_database_of_the_operators_serve_as_one_and_leave_it_running(
    tmp_path: Path, conninfo: str, vendor: OpenAIServer
) -> None:
    settings = {
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_OPENAI_BASE_URL": vendor.base_url,
        "KEYROLL_SYNC_INTERVAL_HOURS": "0",
    }
    with _two_on(tmp_path / "data", settings) as (first, second):
        _each_sees_what_the_other_wrote(first.http, second.http)
        _a_revoked_token_opens_neither(first, second)
        first.kill()
        _still_writes(second, "After the death of the other")
        assert second.stop() == 0
    with KeyrollProcess(tmp_path / "data", settings) as later:
        _still_writes(later, "After all")
