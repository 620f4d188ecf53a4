"""The first roll of models, with real processes: by the first start, by one of two, and by no later one."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.support.cores import new_master_keys
from tests.support.keyroll_command import keyroll as command
from tests.support.keyroll_process import KeyrollProcess, data_folder_in
from tests.support.steps import Json, change_model, change_provider, delete, items, roll


def _begun(http: httpx.Client) -> dict[str, Json]:
    """The providers by name."""
    return {provider["name"]: provider for provider in items(http, "/v1/llm-providers")}


def _additions(http: httpx.Client) -> list[str]:
    """What was ever added to the organization, by the trail."""
    actions = ("provider.created", "model.added")
    return [
        event["subject_id"] for action in actions for event in items(http, "/v1/audit-events", action=action)
    ]


def test_a_first_start_makes_the_roll_and_later_ones_leave_it_to_people(tmp_path: Path) -> None:
    with data_folder_in(tmp_path) as folder:
        with KeyrollProcess(folder) as first:
            providers = _begun(first.http)
            assert providers.keys() == {"OpenAI", "Anthropic", "Gemini"}
            assert not any(provider["api_key_set"] for provider in providers.values())
            models = roll(first.http, source="predefined")
            assert {model["provider_name"] for model in models.values()} == providers.keys()
            change_provider(first.http, providers["OpenAI"], name="Ours")
            delete(first.http, f"/v1/llm-providers/{providers['Gemini']['id']}")
            edited = change_model(first.http, models["gpt-5"], display_name="Edited")
            delete(first.http, f"/v1/llm-models/{models['claude-opus-5']['id']}")
            added, left = _additions(first.http), roll(first.http)
            first.kill()
        with KeyrollProcess(folder) as second:
            assert _begun(second.http).keys() == {"Ours", "Anthropic"}
            assert roll(second.http) == left
            assert left["gpt-5"] == {**edited, "provider_name": "Ours"}
            assert "claude-opus-5" not in left
            assert _additions(second.http) == added


def test_two_processes_that_start_at_once_make_one_roll(conninfo: str, tmp_path: Path) -> None:
    settings = {
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_ENV": "development",
    }
    with ExitStack() as running, ThreadPoolExecutor(2) as at_once:
        processes = [KeyrollProcess(tmp_path / name, settings) for name in ("a", "b")]
        one, other = at_once.map(running.enter_context, processes)
        assert roll(one.http) == roll(other.http) != {}
        added = _additions(one.http)
        assert len(added) == len(set(added)) == len(roll(one.http)) + 3


def test_a_new_organization_gets_its_roll_with_its_token(tmp_path: Path) -> None:
    with data_folder_in(tmp_path) as folder, KeyrollProcess(folder) as serving:
        words = ("token", "create", "ops", "--role", "admin", "--organization", "elsewhere")
        token = command(*words, folder=folder).stdout.strip()
        with serving.client(token) as theirs:
            before = _begun(theirs)
            assert before.keys() == {"OpenAI", "Anthropic", "Gemini"}
            assert {one["id"] for one in before.values()}.isdisjoint(
                one["id"] for one in _begun(serving.http).values()
            )
            delete(theirs, f"/v1/llm-providers/{before['OpenAI']['id']}")
            command(
                *("token", "create", "more", "--role", "viewer", "--organization", "elsewhere"), folder=folder
            )
            assert _begun(theirs).keys() == {"Anthropic", "Gemini"}


def test_the_catalogue_is_not_imported_before_it_is_needed() -> None:
    look = "import api.serve, sys; print('genai_prices' in sys.modules, 'api.serve' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["False", "True"]
