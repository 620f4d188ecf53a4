"""An id of another kind of object is absent, and so it is for every organization."""

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import Json, add_model, add_provider, done, problem

WRITES = [
    ("PATCH", "/v1/llm-providers/{}", {"name": "x"}),
    ("DELETE", "/v1/llm-providers/{}", None),
    ("POST", "/v1/llm-providers/{}/sync-models", None),
    ("POST", "/v1/llm-providers/{}/check", None),
    ("POST", "/v1/llm-providers/{}/models", {"model_id": "x"}),
    ("PATCH", "/v1/llm-models/{}", {"is_default": True}),
    ("DELETE", "/v1/llm-models/{}", None),
    ("DELETE", "/v1/tokens/{}", None),
]


@pytest.fixture
def ids(http: httpx.Client) -> dict[str, str]:
    """An id of each kind, by the word of the path under which it is at home."""
    provider = add_provider(http)
    token = done(http.post("/v1/tokens", json={"name": "t", "role": "viewer"}), 201)
    run = done(http.post(f"/v1/llm-providers/{provider['id']}/sync-models"))
    return {
        "llm-providers": provider["id"],
        "llm-models": add_model(http, provider, "by-hand")["id"],
        "tokens": token["id"],
        "syncs": run["sync_id"],
    }


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_no_write_takes_an_id_of_another_kind(
    http: httpx.Client, stranger: httpx.Client, ids: dict[str, str], method: str, path: str, body: Json | None
) -> None:
    for home, identity in ids.items():
        if f"/{home}/" not in path:
            problem(http.request(method, path.format(identity), json=body), kinds.NOT_FOUND)
        problem(stranger.request(method, path.format(identity), json=body), kinds.NOT_FOUND)
