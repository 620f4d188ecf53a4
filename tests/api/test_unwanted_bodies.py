"""A body for a route that takes none is refused: whoever sent it believes that it says something."""

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import Json, add_provider, log_end, problem


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider with a key."""
    return add_provider(http)


def test_what_belongs_into_the_query_does_nothing_in_a_body(http: httpx.Client, provider: Json) -> None:
    before, path = log_end(http), f"/v1/llm-providers/{provider['id']}/sync-models"
    refused = problem(http.post(path, json={"dry_run": True}), kinds.MALFORMED)
    assert refused["detail"] == (
        "This request takes no body: what it can be told stands in the query: dry_run, force."
    )
    assert log_end(http) == before
    assert http.post(path, params={"dry_run": "true"}).json()["models"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("body", [{"cascade": False}, [], "text", 0])
def test_reading_and_deleting_take_no_body(
    http: httpx.Client, provider: Json, method: str, body: object
) -> None:
    path = f"/v1/llm-providers/{provider['id']}"
    problem(http.request(method, path, json=body), kinds.MALFORMED)
    assert http.get(path).is_success


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"{", "The body must be JSON in UTF-8."), (b"[" * 100_000, "The body is nested too deeply.")],
)
def test_a_body_that_cannot_be_read_is_refused_too(
    http: httpx.Client, provider: Json, body: bytes, told: str
) -> None:
    checked = http.post(f"/v1/llm-providers/{provider['id']}/check", content=body)
    assert problem(checked, kinds.MALFORMED)["detail"] == told


def test_a_check_of_the_saved_key_refuses_another_one(http: httpx.Client, provider: Json) -> None:
    refused = http.post(f"/v1/llm-providers/{provider['id']}/check", json={"api_key": "sk-another-one"})
    assert problem(refused, kinds.MALFORMED)["detail"] == "This request takes no body: leave it out."


@pytest.mark.parametrize("body", [b"", b"{}", b" { } "])
def test_a_body_that_says_nothing_does_no_harm(http: httpx.Client, provider: Json, body: bytes) -> None:
    headers = {"Idempotency-Key": "once"}
    path = f"/v1/llm-providers/{provider['id']}/sync-models"
    assert http.post(path, content=body, headers=headers).json()["status"] == "success"


def test_a_body_in_pieces_is_a_body(http: httpx.Client, provider: Json) -> None:
    path = f"/v1/llm-providers/{provider['id']}/sync-models"
    problem(http.post(path, content=iter([b'{"dry', b'_run": true}'])), kinds.MALFORMED)
    assert http.post(path, content=iter([b"{", b"}"])).is_success
