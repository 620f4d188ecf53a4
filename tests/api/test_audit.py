"""/v1/audit-events: every write is found by who, what, on which object, by which request and when."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest

from api.http import problems_list as kinds
from projections.audit import TOPICS_BY_ACTION
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
    roll,
    sync,
)

PATH: Final = "/v1/audit-events"
OTHER_KEY: Final = "sk-other-77c10be4d0935eaa2f61"


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider with a key."""
    return add_provider(http)


def last(http: httpx.Client, action: str) -> Json:
    """The latest event of this kind."""
    return next(items(http, PATH, action=action))


Write = Callable[[httpx.Client, Json], str]
"""Writes something, and says to which object."""


def _rename(http: httpx.Client, provider: Json) -> str:
    change_provider(http, provider, name="Ours")
    return str(provider["id"])


def _move(http: httpx.Client, provider: Json) -> str:
    change_provider(http, provider, base_url="https://llm.example.com/v1")
    return str(provider["id"])


def _switch(status: str) -> Write:
    def switch(http: httpx.Client, provider: Json) -> str:
        change_provider(http, provider, status="disabled")
        change_provider(http, provider, status=status)
        return str(provider["id"])

    return switch


def _remove_provider(http: httpx.Client, provider: Json) -> str:
    delete(http, f"/v1/llm-providers/{provider['id']}")
    return str(provider["id"])


def _add(http: httpx.Client, provider: Json) -> str:
    return str(add_model(http, provider, "gpt-5", context_window=400_000)["id"])


def _edit(http: httpx.Client, provider: Json) -> str:
    model = add_model(http, provider, "gpt-5")
    return str(change_model(http, model, display_name="Our GPT", capabilities={"vision": True})["id"])


def _disable_model(http: httpx.Client, provider: Json) -> str:
    return str(change_model(http, add_model(http, provider, "gpt-5"), status="disabled")["id"])


def _remove_model(http: httpx.Client, provider: Json) -> str:
    model = add_model(http, provider, "gpt-5")
    delete(http, f"/v1/llm-models/{model['id']}")
    return str(model["id"])


def _revoke(http: httpx.Client, _provider: Json) -> str:
    token = done(http.post("/v1/tokens", json={"name": "ci", "role": "viewer"}), 201)
    delete(http, f"/v1/tokens/{token['id']}")
    return str(token["id"])


def _sync(http: httpx.Client, provider: Json) -> str:
    return str(sync(http, provider)["sync_id"])


WRITES: Final[list[tuple[str, str, Write, Json]]] = [
    ("provider.renamed", "provider", _rename, {"name": {"before": "My OpenAI", "after": "Ours"}}),
    (
        "provider.endpoint_changed",
        "provider",
        _move,
        {"base_url": {"before": None, "after": "https://llm.example.com/v1"}},
    ),
    (
        "provider.disabled",
        "provider",
        _switch("disabled"),
        {"status": {"before": "active", "after": "disabled"}},
    ),
    (
        "provider.enabled",
        "provider",
        _switch("active"),
        {"status": {"before": "disabled", "after": "active"}},
    ),
    ("provider.deleted", "provider", _remove_provider, {"deleted": {"before": False, "after": True}}),
    (
        "model.added",
        "model",
        _add,
        {
            "source": {"before": None, "after": "manual"},
            "context_window": {"before": None, "after": 400_000},
        },
    ),
    (
        "model.edited",
        "model",
        _edit,
        {
            "display_name": {"before": None, "after": "Our GPT"},
            "capabilities": {"before": None, "after": {"vision": True}},
        },
    ),
    ("model.disabled", "model", _disable_model, {"status": {"before": "active", "after": "disabled"}}),
    ("model.deleted", "model", _remove_model, {"deleted": {"before": False, "after": True}}),
    ("access.token_revoked", "token", _revoke, {"name": {"before": "ci", "after": None}}),
    (
        "sync.completed",
        "sync",
        _sync,
        {
            "created": {"before": None, "after": 8},
            "updated": {"before": None, "after": 0},
            "changed": {"before": None, "after": 0},
            "stale": {"before": None, "after": 0},
        },
    ),
]


@pytest.mark.parametrize(
    ("action", "subject_type", "write", "changes"), WRITES, ids=[write[0] for write in WRITES]
)
def test_a_write_is_found_by_its_deed_its_object_and_its_request_with_what_it_changed(
    http: httpx.Client, provider: Json, action: str, subject_type: str, write: Write, changes: Json
) -> None:
    http.headers["X-Request-Id"] = f"request-for-{action}"
    subject = write(http, provider)
    found = {
        "by action": last(http, action),
        "by subject": next(
            event for event in items(http, PATH, subject=subject) if event["action"] == action
        ),
        "by request": next(
            event
            for event in items(http, PATH, request_id=f"request-for-{action}")
            if event["action"] == action
        ),
        "by type": next(
            event for event in items(http, PATH, subject_type=subject_type) if event["action"] == action
        ),
    }
    event = found["by action"]
    assert all(other == event for other in found.values())
    assert (event["subject_id"], event["subject_type"]) == (subject, subject_type)
    assert event["changes"] == changes
    assert event["actor"].startswith("admin of ")
    assert event["address"] == "127.0.0.1"
    assert event["summary"].startswith(event["actor"])


def test_a_key_is_in_the_trail_as_its_fingerprint_and_its_end(http: httpx.Client, provider: Json) -> None:
    changed = change_provider(http, provider, api_key=OTHER_KEY)
    change_provider(http, provider, api_key=None)
    old = {"fingerprint": provider["key_fingerprint"], "hint": KEY[-4:]}
    new = {"fingerprint": changed["key_fingerprint"], "hint": OTHER_KEY[-4:]}
    assert last(http, "provider.key_rotated")["changes"] == {"api_key": {"before": old, "after": new}}
    assert last(http, "provider.key_removed")["changes"] == {"api_key": {"before": new, "after": None}}
    trail = http.get(PATH, params={"limit": "200"}).text
    assert KEY not in trail
    assert OTHER_KEY not in trail
    assert provider["key_fingerprint"] in trail  # the control


def test_the_same_key_has_the_same_fingerprint_and_another_organization_has_another(
    http: httpx.Client, stranger: httpx.Client, provider: Json
) -> None:
    assert add_provider(http, "Again")["key_fingerprint"] == provider["key_fingerprint"]
    assert add_provider(http, "Other", api_key=OTHER_KEY)["key_fingerprint"] != provider["key_fingerprint"]
    assert add_provider(stranger)["key_fingerprint"] != provider["key_fingerprint"]


def test_a_change_of_the_default_names_both_models(http: httpx.Client, provider: Json) -> None:
    first = change_model(http, add_model(http, provider, "gpt-5"), is_default=True)
    second = change_model(http, add_model(http, provider, "o3"), is_default=True)
    change = last(http, "catalog.default_model_changed")["changes"]["default_model"]
    assert (change["before"]["id"], change["after"]["id"]) == (first["id"], second["id"])
    assert (change["before"]["model_id"], change["after"]["model_id"]) == ("gpt-5", "o3")
    assert default(http)["model"]["id"] == second["id"]


def test_the_trail_is_filtered_by_actor(http: httpx.Client, provider: Json) -> None:
    (own,) = items(http, "/v1/tokens")
    assert [event["action"] for event in items(http, PATH, actor=own["name"])] == [
        "provider.key_rotated",
        "provider.created",
    ]
    assert {event["subject_id"] for event in items(http, PATH, actor=own["name"])} == {provider["id"]}
    assert [event["actor"] for event in items(http, PATH, actor="test")] == ["test"]
    assert list(items(http, PATH, actor="nobody")) == []


def test_the_trail_is_filtered_by_time_from_an_instant_to_before_another(
    http: httpx.Client, provider: Json
) -> None:
    model = add_model(http, provider, "gpt-5")
    change_model(http, model, status="disabled")
    middle, latest = last(http, "model.added"), last(http, "model.disabled")
    since, until = middle["occurred_at"], latest["occurred_at"]
    assert [event["action"] for event in items(http, PATH, **{"from": since, "to": until})] == ["model.added"]
    assert next(items(http, PATH, to=since))["position"] == middle["position"] - 1
    assert [event["position"] for event in items(http, PATH, **{"from": until})] == [latest["position"]]
    elsewhere = datetime.fromisoformat(until).astimezone(UTC).isoformat().replace("+00:00", "-00:00")
    assert next(items(http, PATH, **{"from": elsewhere}))["position"] == latest["position"]


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-11-23T09:00:00"},
        {"to": "yesterday"},
        {"action": "provider.painted"},
        {"subject_type": "colour"},
        {"subject": "1"},
        {"since": "2026-11-23T09:00:00Z"},
    ],
    ids=str,
)
def test_a_filter_that_means_nothing_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    assert problem(http.get(PATH, params=params), kinds.MALFORMED)["detail"] != ""


def test_every_action_there_is_can_be_asked_for(http: httpx.Client) -> None:
    for action in TOPICS_BY_ACTION:
        assert http.get(PATH, params={"action": action}).status_code == 200


def test_filters_narrow_each_other(http: httpx.Client, provider: Json) -> None:
    add_model(http, provider, "gpt-5")
    assert list(items(http, PATH, action="model.added", subject_type="provider")) == []
    assert list(items(http, PATH, action="model.added", subject=provider["id"])) == []


def test_pages_lead_through_the_whole_trail_latest_first(http: httpx.Client, provider: Json) -> None:
    sync(http, provider)
    whole = list(items(http, PATH, limit="200"))
    paged = items(http, PATH, limit="3")
    begun = [next(paged) for _ in range(4)]
    change_provider(http, provider, name="Written in between")
    assert [*begun, *paged] == whole
    positions = [event["position"] for event in whole]
    assert positions == sorted(set(positions), reverse=True)
    assert len(whole) == 1 + 2 + 2 + 8
    assert log_end(http) > positions[0]


@pytest.mark.parametrize(
    ("given", "kept"), [("ci-run_17.b", True), ("x" * 64, True), ("x" * 65, False), ("a b", False)]
)
def test_a_request_id_is_kept_if_it_is_fit_to_be_shown(http: httpx.Client, given: str, kept: bool) -> None:
    answer = http.post(
        "/v1/llm-providers", json={"name": "New", "provider_type": "gemini"}, headers={"X-Request-Id": given}
    )
    request_id = answer.headers["x-request-id"]
    assert (request_id == given) == kept
    (event,) = items(http, PATH, request_id=request_id)
    assert event["subject_id"] == done(answer, 201)["id"]
    assert roll(http) == {}
