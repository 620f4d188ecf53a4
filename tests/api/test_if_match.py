"""ETag and If-Match (RFC 9110, sections 8.8.3 and 13.1.1): a change is made only to what was seen."""

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import Json, add_model, add_provider, done, log_end, problem, sync


@pytest.fixture
def path(http: httpx.Client) -> str:
    """Where a provider is."""
    return f"/v1/llm-providers/{add_provider(http)['id']}"


def rename(http: httpx.Client, path: str, name: str, tag: str) -> httpx.Response:
    """The answer to a change on a condition."""
    return http.patch(path, json={"name": name}, headers=httpx.Headers({"If-Match": tag}, encoding="utf-8"))


def test_a_change_to_what_was_seen_is_made_and_gives_the_next_tag(http: httpx.Client, path: str) -> None:
    tag = http.get(path).headers["etag"]
    changed = rename(http, path, "Ours", tag)
    assert done(changed)["name"] == "Ours"
    assert changed.headers["etag"] == http.get(path).headers["etag"] != tag


def test_a_change_to_what_has_passed_is_refused_with_todays_version(http: httpx.Client, path: str) -> None:
    seen = http.get(path)
    theirs = done(rename(http, path, "Theirs", seen.headers["etag"]))
    before = log_end(http)
    refused = problem(rename(http, path, "Ours", seen.headers["etag"]), kinds.VERSION_MISMATCH)
    assert refused["current_version"] == theirs["version"]
    assert "Read it again" in refused["detail"]
    deleted = http.delete(path, headers={"If-Match": seen.headers["etag"]})
    assert problem(deleted, kinds.VERSION_MISMATCH)["current_version"] == theirs["version"]
    assert log_end(http) == before


def test_a_star_matches_whatever_is_there(http: httpx.Client, path: str) -> None:
    assert rename(http, path, "Ours", "*").status_code == 200


@pytest.mark.parametrize("tag", ['W/"2"', "2", '"two"', '""', '"2', '"2", "3"', '"²"', "'2'"])
def test_a_tag_that_can_be_none_of_ours_is_refused(http: httpx.Client, path: str, tag: str) -> None:
    before = log_end(http)
    refused = problem(rename(http, path, "Ours", tag), kinds.MALFORMED)
    assert "as it came" in refused["detail"]
    assert log_end(http) == before


def test_an_empty_change_is_held_to_its_condition_too(http: httpx.Client, path: str) -> None:
    problem(http.patch(path, json={}, headers={"If-Match": '"99"'}), kinds.VERSION_MISMATCH)


def test_models_are_changed_and_deleted_on_conditions_too(http: httpx.Client) -> None:
    model = add_model(http, add_provider(http), "gpt-5")
    path, stale = f"/v1/llm-models/{model['id']}", {"If-Match": '"1"'}
    changed = http.patch(path, json={"display_name": "Our GPT"}, headers=stale)
    assert changed.headers["etag"] == '"2"'
    assert (
        problem(http.patch(path, json={"status": "disabled"}, headers=stale), kinds.VERSION_MISMATCH)[
            "current_version"
        ]
        == 2
    )
    problem(http.delete(path, headers=stale), kinds.VERSION_MISMATCH)
    assert http.delete(path, headers={"If-Match": '"2"'}).status_code == 204


def test_a_sync_does_not_alter_its_providers_tag(http: httpx.Client, path: str) -> None:
    seen = http.get(path)
    provider: Json = done(seen)
    sync(http, provider)
    assert http.get(path).headers["etag"] == seen.headers["etag"]
    assert rename(http, path, "Ours", seen.headers["etag"]).status_code == 200


def test_a_condition_on_another_ones_object_tells_nothing(
    http: httpx.Client, path: str, stranger: httpx.Client
) -> None:
    assert http.get(path).status_code == 200
    problem(rename(stranger, path, "Mine", '"1"'), kinds.NOT_FOUND)
