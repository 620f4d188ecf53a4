"""What tests do with the API again and again, each step sure of its own success."""

from collections.abc import Iterator
from typing import Any

import httpx

from api.http import problems_list
from api.http.problems_list import ProblemType

KEY = "sk-test-4f9a0c7be21d58863fa1"
"""The key that the vendors of these tests accept."""

Json = dict[str, Any]

PROBLEM_TYPES = {kind.urn: kind for kind in vars(problems_list).values() if isinstance(kind, ProblemType)}
"""The closed list."""


def add_provider(http: httpx.Client, name: str = "My OpenAI", **fields: Any) -> Json:
    """A new provider, of the type ``openai`` and with a good key unless told otherwise."""
    body = {"name": name, "provider_type": "openai", "api_key": KEY, "base_url": None, **fields}
    return done(http.post("/v1/llm-providers", json=body), 201)


def add_model(http: httpx.Client, provider: Json, model_id: str, **fields: Any) -> Json:
    """A model added by hand."""
    path = f"/v1/llm-providers/{provider['id']}/models"
    return done(http.post(path, json={"model_id": model_id, **fields}), 201)


def sync(http: httpx.Client, provider: Json, **params: str) -> Json:
    """The answer to a sync."""
    return done(http.post(f"/v1/llm-providers/{provider['id']}/sync-models", params=params))


def provider_now(http: httpx.Client, provider: Json) -> Json:
    """The provider as it is now."""
    return done(http.get(f"/v1/llm-providers/{provider['id']}"))


def change_provider(http: httpx.Client, provider: Json, **fields: Any) -> Json:
    """The provider after a change."""
    return done(http.patch(f"/v1/llm-providers/{provider['id']}", json=fields))


def change_model(http: httpx.Client, model: Json, **fields: Any) -> Json:
    """The model after a change."""
    return done(http.patch(f"/v1/llm-models/{model['id']}", json=fields))


def delete(http: httpx.Client, path: str) -> httpx.Response:
    """The answer to a deletion."""
    answer = http.delete(path)
    assert answer.status_code == 204, answer.text
    return answer


def roll(http: httpx.Client, **params: str) -> dict[str, Json]:
    """All models that the filter shows, by their vendor's id."""
    wanted = {"status": "all", "include_stale": "true", **params}
    return {model["model_id"]: model for model in items(http, "/v1/llm-models", **wanted)}


def default(http: httpx.Client) -> Json:
    """Which model is the default."""
    return done(http.get("/v1/llm-models/default"))


def items(http: httpx.Client, path: str, **params: str) -> Iterator[Json]:
    """All items of a list, page by page."""
    cursor: dict[str, str] = {}
    while True:
        found = done(http.get(path, params={**params, **cursor}))
        yield from found["data"]
        if found["next_cursor"] is None:
            return
        cursor = {"cursor": found["next_cursor"]}


def log_end(http: httpx.Client) -> int:
    """The position of the organization's last event."""
    position: int = done(http.get("/v1/audit-events", params={"limit": "1"}))["data"][0]["position"]
    return position


def done(answer: httpx.Response, status: int = 200) -> Json:
    """The body of an answer that must be a success."""
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def problem(answer: httpx.Response, kind: ProblemType) -> Json:
    """The body of an answer that must be a problem of this type (RFC 9457)."""
    assert answer.status_code == kind.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert body["type"] == kind.urn
    assert body["title"] == kind.title
    assert body["status"] == kind.status
    assert body["request_id"] == answer.headers["x-request-id"] != ""
    return body
