"""DEFAULT_*_API_KEY: keys for development, and only there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.scripted_server import VendorServer
from tests.support.steps import KEY, add_provider, change_provider, items, provider_now, sync

Start = Callable[[str], DocumentedKeyroll]


@pytest.fixture
def keyroll_in(conninfo: str, tmp_path: Path, openai: VendorServer, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Makes a Keyroll with OpenAI's key in its environment, for development or production."""
    hurry(monkeypatch)
    given = {"DEFAULT_OPENAI_API_KEY": KEY, "KEYROLL_OPENAI_BASE_URL": openai.base_url}
    return lambda environment: DocumentedKeyroll(conninfo, tmp_path, KEYROLL_ENV=environment, **given)


def test_in_development_a_provider_without_a_key_is_called_with_the_environments(keyroll_in: Start) -> None:
    with keyroll_in("development") as keyroll:
        for provider_type in ("openai", "openai_completions"):
            made = add_provider(keyroll.http, provider_type, provider_type=provider_type, api_key=None)
            assert (made["api_key_set"], made["credential_source"]) == (False, "environment")
            assert made["key_hint"] is None
            assert sync(keyroll.http, made)["status"] == "success"
        assert KEY not in keyroll.http.get("/v1/llm-providers").text
        assert KEY not in str(list(items(keyroll.http, "/v1/audit-events")))


def test_a_stored_key_wins_over_the_environments(keyroll_in: Start, openai: VendorServer) -> None:
    with keyroll_in("development") as keyroll:
        made = add_provider(keyroll.http, api_key="sk-stored-and-wrong")
        assert made["credential_source"] == "stored"
        assert sync(keyroll.http, made)["code"] == "key_rejected"
        assert openai.requests[-1].headers["authorization"] == "Bearer sk-stored-and-wrong"
        assert change_provider(keyroll.http, made, api_key=None)["credential_source"] == "environment"
        assert sync(keyroll.http, made)["status"] == "success"


@pytest.mark.parametrize(
    "fields",
    [{"base_url": "https://llm.example.com/v1"}, {"provider_type": "anthropic"}, {"provider_type": "gemini"}],
    ids=str,
)
def test_the_environments_key_serves_its_vendors_own_address_only(
    keyroll_in: Start, fields: dict[str, str]
) -> None:
    with keyroll_in("development") as keyroll:
        made = add_provider(keyroll.http, api_key=None, **fields)
        assert made["credential_source"] == "none"


def test_in_production_the_environments_keys_do_not_count(keyroll_in: Start, openai: VendorServer) -> None:
    with keyroll_in("production") as keyroll:
        made = add_provider(keyroll.http, api_key=None)
        assert made["credential_source"] == "none"
        assert sync(keyroll.http, made)["code"] == "no_key"
        assert provider_now(keyroll.http, made)["credential_source"] == "none"
        assert openai.requests == []
