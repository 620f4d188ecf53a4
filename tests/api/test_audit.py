"""/v1/audit-events: every write is found by who, what, on which object, by which request and when."""

from collections.abc import Callable
from typing import Final

import httpx
import pytest

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
