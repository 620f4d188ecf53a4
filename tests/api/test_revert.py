"""…/revert: back to a version by new events, and what cannot come back."""

from typing import Any, Final

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import (
    KEY,
    Json,
    add_model,
    add_provider,
    change_model,
    change_provider,
    default,
    delete,
    done,
    items,
    log_end,
    problem,
    provider_now,
    roll,
    sync,
)
from tests.support.vendor_servers import OpenAIServer

PROVIDERS: Final = "/v1/llm-providers"
MODELS: Final = "/v1/llm-models"
_AS_OF_ITS_TIME: Final = ("updated_at", "version")


def revert(http: httpx.Client, path: str, version: int, **headers: str) -> httpx.Response:
    """The answer to a revert."""
    return http.post(f"{path}/revert", json={"version": version}, headers=headers)


def same(one: Json, other: Json) -> bool:
    """Whether two answers agree but for when the object came to be so."""
    return {**one, **dict.fromkeys(_AS_OF_ITS_TIME)} == {**other, **dict.fromkeys(_AS_OF_ITS_TIME)}


def test_a_provider_is_what_it_was_by_new_events_that_are_in_its_history(http: httpx.Client) -> None:
    provider = add_provider(http)
    changed = change_provider(http, provider, name="Ours", status="disabled")
    path, before = f"{PROVIDERS}/{provider['id']}", log_end(http)
    answer = revert(http, path, provider["version"])
    body = done(answer)
    assert same(body["provider"], provider)
    assert body["provider"] == provider_now(http, provider)
    assert body["not_restored"] == []
    assert body["position"] == int(answer.headers["keyroll-position"]) == log_end(http) == before + 2
    assert answer.headers["etag"] == f'"{changed["version"] + 2}"'
    added = [event["action"] for event in items(http, f"{path}/history")][:2]
    assert added == ["provider.enabled", "provider.renamed"]


def test_a_destroyed_key_does_not_come_back_and_todays_stays(http: httpx.Client) -> None:
    provider = add_provider(http)
    rotated = change_provider(http, provider, api_key="sk-another-0123456789")
    body = done(revert(http, f"{PROVIDERS}/{provider['id']}", provider["version"]))
    assert body["provider"] == rotated
    assert (body["position"], [one["field"] for one in body["not_restored"]]) == (None, ["api_key"])
    assert f"the key …{KEY[-4:]} was destroyed" in body["not_restored"][0]["reason"]
    first = done(revert(http, f"{PROVIDERS}/{provider['id']}", 1))
    assert first["provider"]["api_key_set"], "a version without a key destroys none"


def test_with_its_address_a_key_goes_and_can_be_opened_no_more(keyroll: Any, http: httpx.Client) -> None:
    provider = add_provider(http)
    moved = change_provider(http, provider, base_url="https://llm.example.com/v1", api_key=KEY)
    body = done(revert(http, f"{PROVIDERS}/{provider['id']}", provider["version"]))
    assert (body["provider"]["base_url"], body["provider"]["api_key_set"]) == (None, False)
    assert "enter it again" in body["not_restored"][0]["reason"]
    assert moved["api_key_set"]
    assert keyroll.sql("SELECT count(*) FROM sealed_keys WHERE provider_id = %s", provider["id"]) == [(0,)]


def test_to_go_back_to_the_present_writes_nothing(http: httpx.Client) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    end = log_end(http)
    for path, version in (
        (f"{PROVIDERS}/{provider['id']}", provider["version"]),
        (f"{MODELS}/{model['id']}", model["version"]),
    ):
        answer = revert(http, path, version)
        assert done(answer)["position"] is None
        assert "keyroll-position" not in answer.headers
    assert log_end(http) == end


def test_a_name_that_was_taken_meanwhile_stays_with_its_new_bearer(http: httpx.Client) -> None:
    provider = add_provider(http)
    change_provider(http, provider, name="Ours")
    add_provider(http)
    problem(revert(http, f"{PROVIDERS}/{provider['id']}", provider["version"]), kinds.NAME_TAKEN)
    assert provider_now(http, provider)["name"] == "Ours"


def test_a_models_edits_and_status_come_back_and_the_listings_word_stays(
    http: httpx.Client, openai: OpenAIServer
) -> None:
    provider = add_provider(http)
    sync(http, provider)
    model = roll(http)["gpt-5"]
    edited = change_model(http, model, display_name="Ours", capabilities={"vision": False})
    change_model(http, edited, display_name=None, status="disabled")
    openai.models = [one for one in openai.models if one["id"] != "gpt-5"]
    sync(http, provider)
    body = done(revert(http, f"{MODELS}/{model['id']}", edited["version"]))
    assert (body["model"]["display_name"], body["model"]["status"]) == ("Ours", "active")
    assert body["model"]["edited_capabilities"] == {"vision": False}
    assert body["model"]["stale"]
    assert [one["field"] for one in body["not_restored"]] == ["stale"]


def test_a_deleted_model_comes_back_and_goes_again_with_its_being_the_default(http: httpx.Client) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    path = f"{MODELS}/{model['id']}"
    delete(http, path)
    back = done(revert(http, path, model["version"]))
    assert same(back["model"], model)
    change_model(http, model, is_default=True)
    answer = revert(http, path, 2)
    assert (done(answer)["model"], done(answer)["not_restored"]) == (None, [])
    assert answer.headers["etag"] == '"4"'
    problem(http.get(path), kinds.NOT_FOUND)
    assert default(http)["model"] is None
    assert done(revert(http, path, 2))["position"] is None


def test_a_deleted_provider_does_not_come_back_nor_do_its_models(http: httpx.Client) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    delete(http, f"{PROVIDERS}/{provider['id']}")
    told = problem(revert(http, f"{PROVIDERS}/{provider['id']}", 1), kinds.PROVIDER_GONE)
    assert "Add it anew" in told["detail"]
    problem(revert(http, f"{MODELS}/{model['id']}", 1), kinds.PROVIDER_GONE)
    assert done(revert(http, f"{MODELS}/{model['id']}", 2))["model"] is None, "deleted it is already"


def test_a_revert_is_made_only_on_the_version_that_was_asked_for_and_once(http: httpx.Client) -> None:
    provider = add_provider(http)
    changed = change_provider(http, provider, name="Ours")
    path = f"{PROVIDERS}/{provider['id']}"
    stale = {"If-Match": f'"{provider["version"]}"'}
    assert problem(revert(http, path, 2, **stale), kinds.VERSION_MISMATCH)["current_version"] == 3
    fresh = {"If-Match": f'"{changed["version"]}"', "Idempotency-Key": "once"}
    answers = [revert(http, path, 2, **fresh) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert provider_now(http, provider)["version"] == 4
    model = add_model(http, provider, "gpt-5")
    problem(revert(http, f"{MODELS}/{model['id']}", 1, **stale), kinds.VERSION_MISMATCH)


@pytest.mark.parametrize("version", [0, -1, 3, "one", None, 1.5, 2**70])
def test_a_version_that_there_is_not_is_refused(http: httpx.Client, version: Any) -> None:
    provider = add_provider(http)
    problem(http.post(f"{PROVIDERS}/{provider['id']}/revert", json={"version": version}), kinds.INVALID)


def test_another_organizations_objects_are_absent(http: httpx.Client, stranger: httpx.Client) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    for path in (f"{PROVIDERS}/{provider['id']}", f"{MODELS}/{model['id']}"):
        problem(revert(stranger, path, 1), kinds.NOT_FOUND)
        assert revert(http, path, 1).status_code == 200
    problem(revert(http, f"{PROVIDERS}/{model['id']}", 1), kinds.NOT_FOUND)
    problem(revert(http, f"{MODELS}/{provider['id']}", 1), kinds.NOT_FOUND)
