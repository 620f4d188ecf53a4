"""/v1/llm-providers: create, read, list and delete."""

from typing import Any

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import (
    KEY,
    add_model,
    add_provider,
    default,
    delete,
    done,
    items,
    log_end,
    problem,
    provider_now,
    roll,
)

PATH = "/v1/llm-providers"


def test_the_answer_to_a_creation_is_what_reading_it_gives(http: httpx.Client) -> None:
    created = http.post(PATH, json={"name": "My OpenAI", "provider_type": "openai", "api_key": KEY})
    provider = done(created, 201)
    read = http.get(created.headers["location"])
    assert done(read) == provider
    assert read.headers["etag"] == created.headers["etag"] == f'"{provider["version"]}"'
    assert int(created.headers["keyroll-position"]) == log_end(http)


def test_a_name_is_trimmed_and_a_base_url_takes_its_normal_form(http: httpx.Client) -> None:
    created = add_provider(http, "  Zoë's box \t", base_url="HTTPS://LLM.Example.com:443/v1/")
    assert created["name"] == "Zoë's box"
    assert created["base_url"] == "https://llm.example.com/v1"


def test_a_provider_may_be_created_without_a_key(http: httpx.Client) -> None:
    created = add_provider(http, api_key=None)
    told = {field: created[field] for field in ("api_key_set", "credential_source", "key_hint", "key_set_at")}
    assert told == {
        "api_key_set": False,
        "credential_source": "none",
        "key_hint": None,
        "key_set_at": None,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "n" * 201),
        ("name", "two\nlines"),
        ("name", 7),
        ("provider_type", "azure"),
        ("provider_type", None),
        ("api_key", ""),
        ("api_key", "k" * 1001),
        ("api_key", "a key\x00"),
        ("api_key", "schlüssel"),
        ("base_url", ""),
        ("base_url", "llm.example.com"),
        ("base_url", "ftp://llm.example.com"),
        ("base_url", "https://user:password@llm.example.com/v1"),
        ("base_url", "https://llm.example.com/v1?key=1"),
        ("base_url", "https://llm.example.com/v1#part"),
        ("colour", "blue"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named_and_nothing_is_created(
    http: httpx.Client, field: str, value: Any
) -> None:
    body = {"name": "My OpenAI", "provider_type": "openai", "api_key": KEY, field: value}
    refused = problem(http.post(PATH, json=body), kinds.INVALID)
    assert [error["field"] for error in refused["errors"]] == [field]
    assert list(items(http, PATH)) == []


def test_names_and_keys_at_their_limits_are_taken(http: httpx.Client) -> None:
    created = add_provider(http, "n" * 200, api_key="k" * 1000)
    assert created["name"] == "n" * 200
    assert add_provider(http, "n", api_key="k")["api_key_set"] is True


def test_a_name_is_unique_in_its_organization_without_regard_to_case(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    add_provider(http, "Straße")
    taken = http.post(PATH, json={"name": "STRASSE", "provider_type": "gemini"})
    assert "Choose another name" in problem(taken, kinds.NAME_TAKEN)["detail"]
    assert add_provider(stranger, "Straße")["name"] == "Straße"


def test_a_key_that_stands_in_another_field_too_is_refused(http: httpx.Client) -> None:
    for refused, fields in (
        ("name", {"name": f"with {KEY}"}),
        ("api_key", {"name": "with word-of-a-key", "api_key": "word-of-a-key"}),
        ("api_key", {"base_url": f"https://llm.example.com/{KEY}"}),
    ):
        body = {"name": "My OpenAI", "provider_type": "openai", "api_key": KEY, **fields}
        answer = http.post(PATH, json=body)
        assert problem(answer, kinds.INVALID)["errors"][0]["field"] == refused
        assert KEY not in answer.text


def test_a_short_word_as_the_key_of_a_server_of_ones_own_may_stand_elsewhere(http: httpx.Client) -> None:
    body = {"name": "ollama", "provider_type": "openai_completions", "api_key": "ollama"}
    created = http.post(PATH, json={**body, "base_url": "http://ollama:11434/v1"})
    assert (created.status_code, created.json()["key_hint"]) == (201, None)


def test_a_list_shows_the_organizations_own_providers_oldest_first(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    mine = [add_provider(http, name) for name in ("C", "A", "B")]
    add_provider(stranger, "theirs")
    assert list(items(http, PATH)) == mine
    assert list(items(http, PATH, limit="2")) == mine


def test_a_deleted_provider_is_gone_with_its_models_and_its_name_is_free(http: httpx.Client) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    done(http.patch(f"/v1/llm-models/{model['id']}", json={"is_default": True}))

    before = log_end(http)
    gone = delete(http, f"{PATH}/{provider['id']}")

    assert int(gone.headers["keyroll-position"]) == log_end(http)
    # One transaction: the default, the model, the key and the provider went at one instant.
    trail = [event for event in items(http, "/v1/audit-events") if event["position"] > before]
    assert {event["action"] for event in trail} == {
        "catalog.default_model_changed",
        "model.deleted",
        "provider.key_removed",
        "provider.deleted",
    }
    assert len({event["occurred_at"] for event in trail}) == 1
    for path in (
        f"{PATH}/{provider['id']}",
        f"{PATH}/{provider['id']}/models",
        f"{PATH}/{provider['id']}/syncs",
        f"/v1/llm-models/{model['id']}",
    ):
        problem(http.get(path), kinds.NOT_FOUND)
    problem(http.delete(f"{PATH}/{provider['id']}"), kinds.NOT_FOUND)
    assert roll(http) == {}
    assert default(http)["model"] is None
    again = add_provider(http)
    assert provider_now(http, again)["name"] == "My OpenAI"
