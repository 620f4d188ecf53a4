"""Models that people add, edit, delete and restore; and what a sync may do to them."""

from typing import Any

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    add_model,
    add_provider,
    change_model,
    delete,
    done,
    log_end,
    problem,
    roll,
    sync,
)
from tests.support.vendor_models import openai_row

PROXY = "https://llm.example.com/v1"


def test_a_provider_with_a_base_url_does_not_discover_and_says_what_to_do(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider = add_provider(http, base_url=PROXY)
    before = log_end(http)
    answer = sync(http, provider)
    assert (answer["status"], answer["code"]) == ("not_supported", "no_discovery")
    assert f"POST /v1/llm-providers/{provider['id']}/models" in answer["message"]
    assert (answer["sync_id"], answer["position"]) == (None, None)
    assert log_end(http) == before
    assert openai.requests == []


def test_a_manual_model_says_what_was_said_of_it(http: httpx.Client) -> None:
    provider = add_provider(http, base_url=PROXY)
    said = {
        "display_name": "Llama 4",
        "kind": "chat",
        "context_window": 131_072,
        "max_output_tokens": 8_192,
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "capabilities": {"tools": True, "thinking.adaptive": False},
    }
    answer = http.post(f"/v1/llm-providers/{provider['id']}/models", json={"model_id": " llama-4 ", **said})
    model = done(answer, 201)
    assert {field: model[field] for field in said} == said
    assert (model["model_id"], model["source"], model["last_seen_at"]) == ("llama-4", "manual", None)
    shown = http.get(answer.headers["location"])
    assert done(shown) == model
    assert shown.headers["etag"] == answer.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_id", ""),
        ("model_id", "a\x00b"),
        ("model_id", "m" * 513),
        ("model_id", None),
        ("display_name", ""),
        ("kind", "poem"),
        ("context_window", 0),
        ("context_window", 2**31),
        ("context_window", 1.5),
        ("max_output_tokens", -1),
        ("input_modalities", "text"),
        ("capabilities", {"Vision!": True}),
        ("capabilities", {"vision": "yes"}),
        ("source", "discovered"),
    ],
)
def test_a_manual_model_that_breaks_a_rule_is_refused(http: httpx.Client, field: str, value: Any) -> None:
    provider = add_provider(http, base_url=PROXY)
    body = {"model_id": "llama-4", field: value}
    refused = problem(http.post(f"/v1/llm-providers/{provider['id']}/models", json=body), kinds.INVALID)
    assert refused["errors"][0]["field"].startswith(field)
    assert roll(http) == {}


def test_a_model_id_is_unique_in_its_provider(http: httpx.Client) -> None:
    provider, other = add_provider(http), add_provider(http, "Other")
    model = add_model(http, provider, "gpt-5")
    answer = http.post(f"/v1/llm-providers/{provider['id']}/models", json={"model_id": "gpt-5"})
    assert problem(answer, kinds.MODEL_EXISTS)["model_id"] == model["id"]
    assert add_model(http, other, "gpt-5")["id"] != model["id"]


def test_a_sync_never_marks_a_manual_model_stale(http: httpx.Client) -> None:
    provider = add_provider(http)
    add_model(http, provider, "our-fine-tune")
    sync(http, provider)
    sync(http, provider)
    model = roll(http)["our-fine-tune"]
    assert (model["source"], model["stale"]) == ("manual", False)


def test_what_a_person_edited_survives_a_sync_and_null_returns_to_the_vendors_word(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider = add_provider(http)
    sync(http, provider)
    model = roll(http)["gpt-5"]
    edited = change_model(
        http, model, display_name="Our GPT", capabilities={"vision": False}, status="disabled"
    )

    openai.models = [
        openai_row(row["id"], row["created"] + 1) if row["id"] == "gpt-5" else row for row in openai.models
    ]
    assert sync(http, provider)["changed"] == 1

    survived = roll(http)["gpt-5"]
    assert survived["released_at"] != edited["released_at"]
    for field in ("display_name", "capabilities", "edited_capabilities", "status"):
        assert survived[field] == edited[field]
    assert survived["edited_capabilities"] == {"vision": False}
    returned = change_model(http, model, display_name=None, capabilities={"vision": None})
    assert returned["display_name"] == model["display_name"]
    assert returned["capabilities"] == model["capabilities"]
    assert returned["edited_capabilities"] == {}


def test_a_deleted_model_stays_deleted_until_a_person_restores_it(http: httpx.Client) -> None:
    provider = add_provider(http)
    sync(http, provider)
    model = change_model(http, roll(http)["gpt-5"], display_name="Our GPT")
    delete(http, f"/v1/llm-models/{model['id']}")

    again = sync(http, provider)

    assert (again["created"], again["updated"]) == (0, 7)
    assert "gpt-5" not in roll(http)
    problem(http.get(f"/v1/llm-models/{model['id']}"), kinds.NOT_FOUND)
    problem(http.patch(f"/v1/llm-models/{model['id']}", json={"status": "active"}), kinds.NOT_FOUND)
    restored = add_model(http, provider, "gpt-5")
    assert (restored["id"], restored["display_name"], restored["source"]) == (
        model["id"],
        "Our GPT",
        "discovered",
    )
    assert sync(http, provider)["updated"] == 8


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("display_name", "n" * 201),
        ("capabilities", None),
        ("capabilities", {"UPPER": True}),
        ("status", None),
        ("status", "stale"),
        ("is_default", None),
        ("is_default", "yes"),
        ("model_id", "other"),
    ],
)
def test_a_change_of_a_model_that_breaks_a_rule_is_refused(
    http: httpx.Client, field: str, value: Any
) -> None:
    model = add_model(http, add_provider(http), "gpt-5")
    refused = problem(http.patch(f"/v1/llm-models/{model['id']}", json={field: value}), kinds.INVALID)
    assert refused["errors"][0]["field"].startswith(field)
    assert done(http.get(f"/v1/llm-models/{model['id']}")) == model
