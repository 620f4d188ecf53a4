"""Providers that are simulators: made in development or by a setting, synced like others, with no key."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.drivers.calls.simulator_models import SIMULATED
from adapters.drivers.registry import BaseUrls
from api.calls.prepared import base_url_of
from domain.provider_type import ProviderType
from domain.routing import CalledProvider
from tests.support.cores import new_master_keys
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.steps import (
    Json,
    add_provider,
    change_model,
    change_provider,
    delete,
    done,
    provider_now,
    roll,
    sync,
)

Start = Callable[..., DocumentedKeyroll]

HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
ALL = {one.model_id for one in SIMULATED}


@pytest.fixture
def keyroll_in(conninfo: str, tmp_path: Path) -> Start:
    """Makes a Keyroll for development or production, always over the same database."""
    keys = new_master_keys()

    def start(environment: str, **settings: str) -> DocumentedKeyroll:
        given = {"KEYROLL_ENV": environment, "KEYROLL_MASTER_KEYS": keys, **settings}
        return DocumentedKeyroll(conninfo, tmp_path, **given)

    return start


def _simulator(http: httpx.Client, name: str = "Simulator") -> Json:
    return add_provider(http, name, provider_type="simulator", api_key=None)


def _refused(answer: httpx.Response, field: str) -> str:
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    return str(error["detail"])


def test_a_simulator_needs_no_key_and_is_synced_like_any_other_provider(keyroll_in: Start) -> None:
    with keyroll_in("development") as keyroll:
        made = _simulator(keyroll.http)
        assert (made["api_key_set"], made["credential_source"]) == (False, "not_needed")
        tried = sync(keyroll.http, made, dry_run="true")
        assert (tried["created"], roll(keyroll.http)) == (len(ALL), {})
        first, second = sync(keyroll.http, made), sync(keyroll.http, made)
        assert (first["created"], second["changed"], second["stale"]) == (len(ALL), 0, 0)
        models = roll(keyroll.http)
        assert models.keys() == ALL
        echo = models["sim-echo"]
        assert (echo["kind"], echo["prices"]["input"], echo["source"]) == ("chat", "0", "discovered")
        assert echo["capabilities"]["tools"] is True


def test_the_schedule_syncs_a_simulator_by_itself(keyroll_in: Start) -> None:
    with keyroll_in("development", KEYROLL_SYNC_INTERVAL_HOURS="24") as keyroll:
        made = _simulator(keyroll.http)
        assert made["next_sync_at"] is not None
        deadline = time.monotonic() + 60
        while provider_now(keyroll.http, made)["last_synced_at"] is None:
            assert time.monotonic() < deadline, "the schedule has not synced the simulator"
            time.sleep(0.05)
        assert roll(keyroll.http).keys() == ALL


def test_a_check_says_that_there_is_no_key_to_check(keyroll_in: Start) -> None:
    with keyroll_in("development") as keyroll:
        made = _simulator(keyroll.http)
        unsaved = {"provider_type": "simulator", "api_key": "whatever"}
        for path, body in ((f"{made['id']}/check", None), ("check", unsaved)):
            found = done(keyroll.http.post(f"/v1/llm-providers/{path}", json=body))
            assert (found["result"], found["models"]) == ("unsupported", None)
            assert "needs no key" in found["message"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"base_url": "https://llm.example.com/v1"}, "base_url"), ({"api_key": "sk-1234"}, "api_key")],
    ids=str,
)
def test_a_simulator_has_neither_an_address_nor_a_key(
    keyroll_in: Start, fields: dict[str, Any], field: str
) -> None:
    with keyroll_in("development") as keyroll:
        body = {"name": "S", "provider_type": "simulator", **fields}
        assert "null" in _refused(keyroll.http.post("/v1/llm-providers", json=body), field)
        path = f"/v1/llm-providers/{_simulator(keyroll.http)['id']}"
        assert "null" in _refused(keyroll.http.patch(path, json=fields), field)
        assert done(keyroll.http.patch(path, json={"name": "Renamed"}))["name"] == "Renamed"


def test_a_provider_that_becomes_a_simulator_loses_its_key(keyroll_in: Start) -> None:
    with keyroll_in("development") as keyroll:
        made = add_provider(keyroll.http)
        changed = change_provider(keyroll.http, made, provider_type="simulator")
        assert (changed["api_key_set"], changed["credential_source"]) == (False, "not_needed")
        back = change_provider(keyroll.http, made, provider_type="openai", api_key="sk-5678")
        assert back["credential_source"] == "stored"


def test_production_refuses_simulators_and_says_what_allows_them(keyroll_in: Start) -> None:
    with keyroll_in("production") as keyroll:
        body = {"name": "S", "provider_type": "simulator"}
        detail = _refused(keyroll.http.post("/v1/llm-providers", json=body), "provider_type")
        assert "KEYROLL_ALLOW_SIMULATOR=true" in detail
        made = add_provider(keyroll.http)
        path = f"/v1/llm-providers/{made['id']}"
        _refused(keyroll.http.patch(path, json={"provider_type": "simulator"}), "provider_type")
        assert provider_now(keyroll.http, made)["provider_type"] == "openai"


def test_a_setting_allows_simulators_in_production_and_forbids_them_in_development(keyroll_in: Start) -> None:
    with keyroll_in("production", KEYROLL_ALLOW_SIMULATOR="true") as keyroll:
        sync(keyroll.http, _simulator(keyroll.http))
        answer = keyroll.http.post("/v1/chat/completions", json={"model": "sim-echo", **HELLO})
        assert answer.json()["choices"][0]["message"]["content"] == "Hello"
    with keyroll_in("development", KEYROLL_ALLOW_SIMULATOR="false") as keyroll:
        body = {"name": "S", "provider_type": "simulator"}
        _refused(keyroll.http.post("/v1/llm-providers", json=body), "provider_type")


def test_a_simulator_from_development_is_not_served_in_production(keyroll_in: Start) -> None:
    with keyroll_in("development") as keyroll:
        made = _simulator(keyroll.http)
        sync(keyroll.http, made)
        echo = roll(keyroll.http)["sim-echo"]
        change_model(keyroll.http, echo, is_default=True)
        assert len(keyroll.http.get("/v1/models").json()["data"]) == len(ALL)
    with keyroll_in("production") as keyroll:
        assert keyroll.http.get("/v1/models").json()["data"] == []
        for wanted in (echo["id"], f"{made['name']}/sim-echo"):
            answer = keyroll.http.post("/v1/chat/completions", json={"model": wanted, **HELLO})
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "model_not_callable")
            assert "switched off" in answer.json()["error"]["message"]
        bare = keyroll.http.post("/v1/chat/completions", json={"model": "sim-echo", **HELLO})
        assert bare.status_code == 404
        default = keyroll.http.get("/v1/llm-models/default").json()
        assert (default["usable"], "switched off" in default["reason"]) == (False, True)
        assert provider_now(keyroll.http, made)["credential_source"] == "none"
        synced = sync(keyroll.http, made)
        assert (synced["code"], "switched off" in synced["message"]) == ("no_key", True)
        unsaved = {"provider_type": "simulator", "api_key": "whatever"}
        for path, body in ((f"{made['id']}/check", None), ("check", unsaved)):
            found = done(keyroll.http.post(f"/v1/llm-providers/{path}", json=body))
            assert (found["result"], "switched off" in found["message"]) == ("unsupported", True)


def test_production_lets_go_of_a_simulator_and_does_not_go_back_to_one(keyroll_in: Start) -> None:
    with keyroll_in("development") as keyroll:
        made, other = _simulator(keyroll.http), _simulator(keyroll.http, "Other")
    with keyroll_in("production") as keyroll:
        assert change_provider(keyroll.http, made, name="Old", status="disabled")["status"] == "disabled"
        change_provider(keyroll.http, made, provider_type="openai")
        path = f"/v1/llm-providers/{made['id']}/revert"
        _refused(keyroll.http.post(path, json={"version": 1}), "provider_type")
        delete(keyroll.http, f"/v1/llm-providers/{other['id']}")


def test_a_simulator_is_at_no_address() -> None:
    url = "https://llm.example.com"
    assert BaseUrls().at(ProviderType.SIMULATOR, url) == BaseUrls()
    provider = CalledProvider(
        uuid4(), "S", ProviderType.SIMULATOR, base_url=None, key_id=None, active=True, has_credential=True
    )
    with pytest.raises(LookupError):
        base_url_of(provider, BaseUrls())
