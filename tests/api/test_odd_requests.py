"""Paths, ids, parameters, media types and methods that lead nowhere."""

from typing import Final

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import (
    add_provider,
    problem,
)

PROVIDERS: Final = "/v1/llm-providers"


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v2/llm-models", "/v1/LLM-models", "/v1/llm-providers/1/sync-models/x"],
)
def test_a_path_that_leads_nowhere_is_not_found(http: httpx.Client, path: str) -> None:
    problem(http.get(path), kinds.NOT_FOUND)


@pytest.mark.parametrize(
    "identity", ["1", "default-model", "..%2f..", "%00", "0192f000-0000-7000-8000-00000000000g"]
)
def test_an_id_that_is_none_is_not_found(http: httpx.Client, identity: str) -> None:
    for path in (f"{PROVIDERS}/{identity}", f"/v1/llm-models/{identity}", f"{PROVIDERS}/{identity}/models"):
        problem(http.get(path), kinds.NOT_FOUND)
    problem(http.delete(f"/v1/tokens/{identity}"), kinds.NOT_FOUND)


def test_every_route_refuses_a_query_parameter_that_it_does_not_know(http: httpx.Client) -> None:
    provider = add_provider(http)
    paths = (
        PROVIDERS,
        f"{PROVIDERS}/{provider['id']}",
        "/v1/llm-models/default",
        "/v1/tokens",
        "/v1/audit-events",
    )
    for path in paths:
        refused = problem(http.get(path, params={"includestale": "true"}), kinds.MALFORMED)
        assert "does not know the query parameter includestale: it takes " in refused["detail"]
    refused = problem(http.post(f"{PROVIDERS}/{provider['id']}/sync-models?dryrun=true"), kinds.MALFORMED)
    assert "dry_run, force" in refused["detail"]


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
def test_a_body_that_does_not_call_itself_json_is_not_read(http: httpx.Client, media_type: str) -> None:
    body = b'{"name": "My OpenAI", "provider_type": "openai"}'
    answer = http.post(PROVIDERS, content=body, headers={"Content-Type": media_type})
    problem(answer, kinds.MEDIA_TYPE)
    accepted = http.post(PROVIDERS, content=body, headers={"Content-Type": "Application/JSON; charset=utf-8"})
    assert accepted.status_code == 201


def test_head_and_options_are_answered_without_a_body(http: httpx.Client) -> None:
    head, options = http.head(PROVIDERS), http.options(PROVIDERS)
    assert (head.status_code, head.content, options.status_code, options.content) == (405, b"", 204, b"")
    assert "GET" in head.headers["allow"]
