"""Usage of several processes adds up; a stopped one loses nothing, a killed one the last seconds."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.call_vendors import CallVendor
from tests.support.chat_shapes import answer_chat
from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_process import KeyrollProcess
from tests.support.service import as_service
from tests.support.steps import add_model, add_provider, done

CALLS = 20


@pytest.fixture
def vendor() -> Iterator[CallVendor]:
    with CallVendor(answer_chat) as made:
        yield made


@pytest.fixture
def settings(conninfo: str) -> dict[str, str]:
    return {
        "KEYROLL_DATABASE_URL": as_service(conninfo),
        "KEYROLL_ENV": "development",
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8",
    }


def _call(http: httpx.Client) -> int:
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    return http.post("/v1/chat/completions", json=asked).status_code


def _calls(http: httpx.Client) -> int:
    return int(done(http.get("/v1/usage"))["data"][0]["calls"])


def test_usage_outlives_processes_but_for_what_a_killed_one_had_not_yet_flushed(
    tmp_path: Path, settings: dict[str, str], vendor: CallVendor
) -> None:
    with KeyrollProcess(tmp_path / "reader", settings) as reader:
        made = add_provider(
            reader.http, "Box", provider_type="openai_completions", base_url=vendor.base_url, api_key="sk-x"
        )
        add_model(reader.http, made, "m")
        with KeyrollProcess(tmp_path / "stopped", settings) as stopped:
            assert [_call(stopped.http) for _ in range(CALLS)] == [200] * CALLS
            assert _call(reader.http) == 200
            stopped.stop()
        assert _calls(reader.http) == CALLS + 1
        with KeyrollProcess(tmp_path / "killed", settings) as killed:
            assert [_call(killed.http) for _ in range(CALLS)] == [200] * CALLS
            wait_until(lambda: _calls(reader.http) == 2 * CALLS + 1)  # it flushes by itself
            assert _call(killed.http) == 200
            killed.kill()
        assert _calls(reader.http) in (2 * CALLS + 1, 2 * CALLS + 2)
