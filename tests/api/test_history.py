"""…/history: an object's versions, with who made them and what they changed."""

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.steps import (
    Json,
    add_model,
    add_provider,
    change_model,
    change_provider,
    delete,
    done,
    items,
    problem,
    sync,
)


def history(http: httpx.Client, path: str, **params: str) -> list[Json]:
    """All versions of an object."""
    return list(items(http, f"{path}/history", **params))


def test_a_providers_versions_say_what_changed_and_by_whom_latest_first(http: httpx.Client) -> None:
    provider = add_provider(http)
    path = f"/v1/llm-providers/{provider['id']}"
    change_provider(http, provider, name="Ours", status="disabled")
    versions = history(http, path)
    assert [version["version"] for version in versions] == [4, 3, 2, 1]
    assert [version["action"].removeprefix("provider.") for version in versions] == [
        "disabled",
        "renamed",
        "key_rotated",
        "created",
    ]
    assert versions[1]["changes"] == {"name": {"before": "My OpenAI", "after": "Ours"}}
    trail = {event["position"]: event for event in items(http, "/v1/audit-events", subject=provider["id"])}
    for version in versions:
        event = trail[version["position"]]
        assert {name: event[name] for name in version if name != "version"} == {
            name: value for name, value in version.items() if name != "version"
        }
    assert history(http, path, limit="1") == versions


def test_the_versions_of_deleted_objects_stay(http: httpx.Client) -> None:
    provider = add_provider(http)
    model = add_model(http, provider, "gpt-5")
    change_model(http, model, display_name="Ours")
    delete(http, f"/v1/llm-providers/{provider['id']}")
    assert history(http, f"/v1/llm-providers/{provider['id']}")[0]["action"] == "provider.deleted"
    told = [version["action"] for version in history(http, f"/v1/llm-models/{model['id']}")]
    assert told == ["model.deleted", "model.edited", "model.added"]


def test_only_an_object_of_this_kind_and_organization_has_a_history(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    provider = add_provider(http)
    run = sync(http, provider)
    model = add_model(http, provider, "own")
    for http_client, kind, identity in (
        (stranger, "providers", provider["id"]),
        (stranger, "models", model["id"]),
        (http, "models", provider["id"]),
        (http, "providers", model["id"]),
        (http, "providers", run["sync_id"]),
    ):
        problem(http_client.get(f"/v1/llm-{kind}/{identity}/history"), kinds.NOT_FOUND)
    assert history(http, f"/v1/llm-models/{model['id']}") != []


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0"])
def test_a_cursor_of_another_list_is_refused(http: httpx.Client, cursor: str) -> None:
    path = f"/v1/llm-providers/{add_provider(http)['id']}/history"
    problem(http.get(path, params={"cursor": cursor}), kinds.MALFORMED)
    assert done(http.get(path))["next_cursor"] is None
