"""Refusals that protect people from their own slips."""

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import Json, add_model, add_provider, change_model, default, problem


@pytest.mark.parametrize("name", ["keyroll", "Command Line", " SCHEDULE "])
def test_no_token_bears_the_name_of_who_acts_without_one(http: httpx.Client, name: str) -> None:
    refused = http.post("/v1/tokens", json={"name": name, "role": "viewer"})
    assert problem(refused, kinds.INVALID)["errors"][0]["field"] == "name"


def test_a_post_meets_no_version(http: httpx.Client) -> None:
    body = {"name": "P", "provider_type": "openai"}
    problem(http.post("/v1/llm-providers", json=body, headers={"If-Match": '"1"'}), kinds.MALFORMED)


def test_a_default_whose_provider_has_no_key_says_so(http: httpx.Client) -> None:
    model = add_model(http, add_provider(http, api_key=None), "gpt-5")
    change_model(http, model, is_default=True)
    found = default(http)
    assert (found["usable"], "has no key" in found["reason"]) == (False, True)


def test_a_default_of_a_server_of_ones_own_needs_none(http: httpx.Client) -> None:
    own = add_provider(http, api_key=None, base_url="https://llm.example.com/v1")
    change_model(http, add_model(http, own, "llama"), is_default=True)
    assert default(http)["usable"] is True


def test_a_stale_model_does_not_become_the_default(http: httpx.Client, stale: Json) -> None:
    refused = http.patch(f"/v1/llm-models/{stale['id']}", json={"is_default": True})
    assert "does not list it" in problem(refused, kinds.MODEL_NOT_SELECTABLE)["detail"]


@pytest.mark.parametrize("query", ["from=yesterday", "q=" + 201 * "x", "status=bogus", "limit=many"])
def test_a_parameter_is_named_as_it_was_sent_and_told_in_words(http: httpx.Client, query: str) -> None:
    path = "/v1/audit-events" if query.startswith(("from", "limit")) else "/v1/llm-models"
    detail = problem(http.get(f"{path}?{query}"), kinds.MALFORMED)["detail"]
    assert detail.startswith(query.partition("=")[0] + " ")
    assert " int" not in detail
