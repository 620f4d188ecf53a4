"""POST …/sync-models and GET …/syncs: what a run does, what a rehearsal does not, and what is remembered."""

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    Json,
    add_provider,
    change_provider,
    done,
    items,
    log_end,
    problem,
    provider_now,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS, openai_row


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider that was never synced."""
    return add_provider(http)


def test_a_listing_is_kept_with_each_models_kind_and_facts(http: httpx.Client, provider: Json) -> None:
    sync(http, provider)
    known = roll(http)
    assert {model_id: model["kind"] for model_id, model in known.items()} == {
        "gpt-4o": "chat",
        "gpt-4.1-mini": "chat",
        "gpt-5": "chat",
        "o3": "chat",
        "text-embedding-3-small": "embedding",
        "whisper-1": "audio",
        "gpt-image-1": "image",
        "omni-moderation-latest": "moderation",
    }
    assert known["gpt-5"]["released_at"] == "2025-08-05T20:29:37Z"
    assert known["whisper-1"]["owned_by"] == "openai-internal"


def test_an_unchanged_listing_writes_two_events_and_confirms_every_model(
    http: httpx.Client, provider: Json
) -> None:
    sync(http, provider)
    before, models = log_end(http), roll(http)
    again = sync(http, provider)
    assert (again["created"], again["updated"], again["changed"], again["stale"]) == (0, 8, 0, 0)
    trail = [event for event in items(http, "/v1/audit-events") if event["position"] > before]
    assert [event["action"] for event in trail] == ["sync.completed", "sync.started"]
    seen = {model["last_seen_at"] for model in roll(http).values()}
    assert seen == {provider_now(http, provider)["last_synced_at"]}
    assert min(seen) > models["gpt-5"]["last_seen_at"]


def test_changed_facts_are_counted_and_shown_before_and_after(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    openai.models = [
        openai_row("gpt-5", 1_754_425_777, owned_by="openai") if row["id"] == "gpt-5" else row
        for row in openai.models
    ]
    again = sync(http, provider)
    assert (again["updated"], again["changed"]) == (8, 1)
    event = next(items(http, "/v1/audit-events", action="model.refreshed"))
    assert event["changes"] == {"owned_by": {"before": "system", "after": "openai"}}


def test_a_rehearsal_counts_what_a_run_would_do_and_writes_nothing(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    openai.models = [*OPENAI_MODELS[2:], openai_row("gpt-6")]
    before = (log_end(http), roll(http), provider_now(http, provider))

    rehearsed = sync(http, provider, dry_run="true")

    assert (rehearsed["status"], rehearsed["sync_id"], rehearsed["position"]) == ("success", None, None)
    assert (log_end(http), roll(http), provider_now(http, provider)) == before
    run = sync(http, provider)
    counts = ("created", "updated", "changed", "stale")
    assert [run[count] for count in counts] == [rehearsed[count] for count in counts] == [1, 6, 0, 2]


def test_a_rehearsal_that_fails_says_so_and_writes_nothing(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    openai.models = []
    before = log_end(http)
    assert sync(http, provider, dry_run="true")["code"] == "empty"
    assert sync(http, provider, dry_run="true", force="true")["stale"] == 8
    assert log_end(http) == before


def test_a_disabled_provider_can_still_be_synced_by_hand(http: httpx.Client, provider: Json) -> None:
    change_provider(http, provider, status="disabled")
    assert sync(http, provider)["created"] == 8


def test_the_runs_of_a_provider_are_listed_latest_first(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    answers = [sync(http, provider)]
    openai.fail_next(401)
    answers += [sync(http, provider), sync(http, provider)]
    path = f"/v1/llm-providers/{provider['id']}/syncs"

    runs = list(items(http, path))

    assert [run["sync_id"] for run in reversed(runs)] == [answer["sync_id"] for answer in answers]
    for run, answer in zip(reversed(runs), answers, strict=True):
        told = ("status", "created", "updated", "changed", "stale", "code", "message")
        assert [run[field] for field in told] == [answer[field] for field in told]
        assert run["started_at"] <= run["finished_at"]
        assert (run["trigger"], run["provider_id"]) == ("manual", provider["id"])
        assert run["actor"].startswith("admin of ")
    assert list(items(http, path, limit="1")) == runs
    assert provider_now(http, provider)["last_sync"] == runs[0]
    problem(http.get(path, params={"cursor": "Mg"}), kinds.MALFORMED)


def test_each_event_of_a_run_carries_the_id_of_its_request(http: httpx.Client, provider: Json) -> None:
    path = f"/v1/llm-providers/{provider['id']}/sync-models"
    done(http.post(path, headers={"X-Request-Id": "run-1"}))
    trail = list(items(http, "/v1/audit-events", request_id="run-1"))
    assert len(trail) == 8 + 2
