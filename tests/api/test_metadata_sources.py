"""Every fact of a model says who says it, and a person's word comes first."""

from typing import Any

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    Json,
    add_model,
    add_provider,
    change_model,
    delete,
    items,
    problem,
    roll,
    sync,
)
from tests.support.vendor_models import openai_row

PROXY = "https://llm.example.com/v1"
GPT_5_PRICES = {"input": "1.25", "output": "10", "cached_input": "0.125", "cache_write": None}


def _synced(http: httpx.Client) -> tuple[Json, Json]:
    provider = add_provider(http)
    sync(http, provider)
    return provider, roll(http)["gpt-5"]


def test_what_the_listing_is_silent_about_is_the_catalogues_word(http: httpx.Client) -> None:
    _, model = _synced(http)
    assert (model["context_window"], model["prices"]) == (400_000, GPT_5_PRICES)
    assert model["sources"] == {
        "kind": "listing",
        "owned_by": "listing",
        "released_at": "listing",
        "context_window": "catalogue",
        "prices": "catalogue",
    }


def test_a_listing_that_begins_to_state_a_fact_wins_over_the_catalogue(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider, _ = _synced(http)
    openai.models = [{**row, "context_window": 7} if row["id"] == "gpt-5" else row for row in openai.models]
    assert sync(http, provider)["changed"] == 1
    model = roll(http)["gpt-5"]
    assert (model["context_window"], model["sources"]["context_window"]) == (7, "listing")
    refreshed = next(items(http, "/v1/audit-events", action="model.refreshed"))
    assert refreshed["changes"] == {
        "context_window": {"before": 400_000, "after": 7},
        "sources": {
            "before": {"context_window": "catalogue", "prices": "catalogue"},
            "after": {"prices": "catalogue"},
        },
    }


def test_an_unchanged_listing_is_unchanged_with_the_catalogue_as_well(http: httpx.Client) -> None:
    provider, _ = _synced(http)
    again = sync(http, provider)
    assert (again["updated"], again["changed"]) == (8, 0)


def test_a_person_sets_facts_over_the_vendors_and_null_gives_them_back(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider, model = _synced(http)
    said: Json = {
        "display_name": "Our GPT",
        "context_window": 8_000,
        "max_output_tokens": 4_000,
        "prices": {"input": "0.50", "output": "4"},
        "retires_at": "2027-01-31T02:00:00+02:00",
        "capabilities": {"vision": True},
    }
    edited = change_model(http, model, **said)
    shown = {
        "display_name": "Our GPT",
        "context_window": 8_000,
        "max_output_tokens": 4_000,
        "prices": {"input": "0.5", "output": "4", "cached_input": None, "cache_write": None},
        "retires_at": "2027-01-31T00:00:00Z",
        "capabilities": {"vision": True},
    }
    assert {field: edited[field] for field in shown} == shown
    said_by_people = {field for field, source in edited["sources"].items() if source == "operator"}
    assert said_by_people == (shown.keys() - {"capabilities"}) | {"capabilities.vision"}

    openai.models = [
        openai_row(row["id"], row["created"] + 1) if row["id"] == "gpt-5" else row for row in openai.models
    ]
    assert sync(http, provider)["changed"] == 1
    survived = roll(http)["gpt-5"]
    assert {field: survived[field] for field in shown} == shown

    back: Json = {**dict.fromkeys(said), "capabilities": {"vision": None}}
    returned = change_model(http, model, **back)
    assert {field: returned[field] for field in (*shown, "sources")} == {
        field: model[field] for field in (*shown, "sources")
    }


def test_a_change_that_people_make_is_in_the_trail_field_by_field(http: httpx.Client) -> None:
    _, model = _synced(http)
    change_model(http, model, prices={"input": "2"}, retires_at="2027-01-31T00:00:00Z")
    edited = next(items(http, "/v1/audit-events", action="model.edited"))
    assert edited["changes"] == {
        "prices": {"before": None, "after": {"input": "2"}},
        "retires_at": {"before": None, "after": "2027-01-31T00:00:00Z"},
    }
    assert edited["summary"].endswith("edited the model gpt-5, and said that it retires on 2027-01-31")


def test_what_is_said_of_a_model_added_by_hand_is_the_operators_word(http: httpx.Client) -> None:
    provider = add_provider(http, base_url=PROXY)
    said = {
        "kind": "chat",
        "context_window": 7,
        "capabilities": {"tools": True},
        "prices": {"cached_input": "0.010", "cache_write": "0"},
        "retires_at": "2027-01-31T00:00:00Z",
    }
    model = add_model(http, provider, "gpt-5", **said)
    assert model["prices"] == {"input": None, "output": None, "cached_input": "0.01", "cache_write": "0"}
    assert model["retires_at"] == "2027-01-31T00:00:00Z"
    fields = ("kind", "context_window", "capabilities.tools", "prices", "retires_at")
    assert model["sources"] == dict.fromkeys(fields, "operator")


def test_what_is_said_of_a_deleted_model_anew_stands_over_the_vendors_word(http: httpx.Client) -> None:
    provider, model = _synced(http)
    delete(http, f"/v1/llm-models/{model['id']}")
    restored = add_model(http, provider, "gpt-5", context_window=7)
    assert (restored["context_window"], restored["sources"]["context_window"]) == (7, "operator")
    assert restored["prices"] == GPT_5_PRICES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context_window", 0),
        ("context_window", 2**31),
        ("max_output_tokens", -1),
        ("prices", {}),
        ("prices", {"input": None}),
        ("prices", {"input": "-1"}),
        ("prices", {"input": "1e3"}),
        ("prices", {"input": "1,5"}),
        ("prices", {"input": 1.5}),
        ("prices", {"input": "1" * 10}),
        ("prices", "1"),
        ("retires_at", "2027-01-31"),
        ("retires_at", "2027-01-31T00:00:00"),
        ("retires_at", "1970-12-31T23:59:59Z"),
        ("retires_at", "9999-12-31T23:59:59-12:00"),
        ("retires_at", "0001-01-01T00:00:00+14:00"),
        ("retires_at", "soon"),
    ],
    ids=str,
)
def test_what_breaks_a_rule_is_refused_and_changes_nothing(
    http: httpx.Client, field: str, value: Any
) -> None:
    provider = add_provider(http, base_url=PROXY)
    model = add_model(http, provider, "ours")
    refused = problem(http.patch(f"/v1/llm-models/{model['id']}", json={field: value}), kinds.INVALID)
    assert refused["errors"][0]["field"].startswith(field)
    path = f"/v1/llm-providers/{provider['id']}/models"
    problem(http.post(path, json={"model_id": "other", field: value}), kinds.INVALID)
    assert roll(http) == {"ours": model}


def test_a_price_of_a_kind_that_is_not_known_is_refused(http: httpx.Client) -> None:
    model = add_model(http, add_provider(http, base_url=PROXY), "ours")
    body = {"prices": {"input": "1", "inputs": "1"}}
    refused = problem(http.patch(f"/v1/llm-models/{model['id']}", json=body), kinds.INVALID)
    assert refused["errors"][0]["field"].endswith("inputs")
