"""What Keyroll says and does when a master key is wrong or missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cores import new_master_keys
from tests.support.keyroll_process import KeyrollProcess, refused_start
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer

_KEY = "sk-of-the-vendor-1234"
_PROVIDERS = "/v1/llm-providers"


@pytest.fixture
def vendor() -> Iterator[OpenAIServer]:
    with OpenAIServer(key=_KEY, models=OPENAI_MODELS) as running:
        yield running


@pytest.fixture
def settings(conninfo: str, vendor: OpenAIServer) -> dict[str, str]:
    return {
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_OPENAI_BASE_URL": vendor.base_url,
        "KEYROLL_SYNC_INTERVAL_HOURS": "0",
    }


def _create(keyroll: KeyrollProcess, name: str) -> str:
    body = {"name": name, "provider_type": "openai", "api_key": _KEY}
    return f"{_PROVIDERS}/{keyroll.http.post(_PROVIDERS, json=body).json()['id']}"


def test_a_start_with_the_wrong_master_key_ends_with_one_clear_line_and_changes_nothing(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    right = {**settings, "KEYROLL_MASTER_KEYS": new_master_keys("m1")}
    with KeyrollProcess(tmp_path / "data", right) as keyroll:
        path = _create(keyroll, "Kept")
    for wrong, told in ((new_master_keys("m1"), "stands for other bytes"), (new_master_keys("m2"), "'m1'")):
        status, said = refused_start(tmp_path / "data", {**settings, "KEYROLL_MASTER_KEYS": wrong})
        assert status == 1
        assert said.startswith("keyroll: ")
        assert "KEYROLL_MASTER_KEYS" in said
        assert told in said
        assert said.count("\n") == 1
        assert wrong.partition(":")[2] not in said
    with KeyrollProcess(tmp_path / "data", right) as keyroll:
        assert keyroll.http.post(f"{path}/sync-models").json()["status"] == "success"


def test_a_provider_whose_master_key_is_missing_fails_alone_and_says_what_to_do(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    old, new = new_master_keys("m1"), new_master_keys("m2")
    with KeyrollProcess(tmp_path / "data", {**settings, "KEYROLL_MASTER_KEYS": old}) as keyroll:
        well = _create(keyroll, "Sealed by the old one")
    with KeyrollProcess(tmp_path / "data", {**settings, "KEYROLL_MASTER_KEYS": f"{new},{old}"}) as keyroll:
        lost = _create(keyroll, "Sealed by the new one")
        assert keyroll.http.post(f"{lost}/sync-models").json()["created"] == len(OPENAI_MODELS)
    with KeyrollProcess(tmp_path / "data", {**settings, "KEYROLL_MASTER_KEYS": old}) as keyroll:
        outcome = keyroll.http.post(f"{lost}/sync-models").json()
        assert (outcome["status"], outcome["code"]) == ("failed", "no_key")
        assert "'m2' is not known: add it to KEYROLL_MASTER_KEYS" in outcome["message"]
        assert keyroll.http.get(lost).json()["last_sync"]["message"] == outcome["message"]
        assert keyroll.http.post(f"{well}/sync-models").json()["created"] == len(OPENAI_MODELS)
        assert len(keyroll.http.get(f"{lost}/models").json()["data"]) == len(OPENAI_MODELS)
        assert keyroll.http.patch(lost, json={"name": "Renamed all the same"}).status_code == 200
        assert keyroll.http.patch(lost, json={"api_key": _KEY}).status_code == 200
        assert keyroll.http.post(f"{lost}/sync-models").json()["updated"] == len(OPENAI_MODELS)
