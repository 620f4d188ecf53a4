"""/v1/audit-events: filters, pages, and the request id that ties events together."""

from datetime import UTC, datetime
from typing import Final

import httpx
import pytest

from api.http import problems_list as kinds
from projections.audit import TOPICS_BY_ACTION
from tests.support.steps import (
    Json,
    add_model,
    add_provider,
    change_model,
    change_provider,
    done,
    items,
    log_end,
    problem,
    roll,
    sync,
)

PATH: Final = "/v1/audit-events"


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider with a key."""
    return add_provider(http)


def last(http: httpx.Client, action: str) -> Json:
    """The latest event of this kind."""
    return next(items(http, PATH, action=action))


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
