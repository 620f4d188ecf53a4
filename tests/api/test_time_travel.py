"""as_of: every read answers as it did then, byte for byte."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres import as_of
from api.http import problems_list as kinds
from domain.access import Role
from domain.model import ModelEdited
from projections.all import READ_MODELS
from projections.models import MODELS as MODELS_TABLE
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import (
    KEY,
    Json,
    add_model,
    add_provider,
    change_model,
    change_provider,
    delete,
    done,
    items,
    log_end,
    problem,
    sync,
)
from tests.support.time_travel import MODELS, PROVIDERS, Moment, Step, Story
from tests.support.vendor_servers import OpenAIServer

_DEEDS: Final = ("create", "change", "change", "add", "edit", "edit", "remove", "sync", "sync", "delete")
_STEPS: Final = st.tuples(st.sampled_from(_DEEDS), st.integers(0, 3), st.integers(0, 7))
_BEGINNING: Final[Sequence[Step]] = [("create", 0, 0), ("sync", 0, 0)]
_PLAIN: Final[Sequence[Step]] = [
    *_BEGINNING,
    ("edit", 0, 0),
    ("edit", 1, 5),
    ("change", 0, 3),
    ("sync", 0, 3),
    ("change", 0, 5),
    ("remove", 1, 0),
    ("delete", 0, 0),
]


def by_position(moment: Moment) -> str:
    """A moment by its position in the log."""
    return str(moment.position)


def by_instant(moment: Moment) -> str:
    """A moment by its instant."""
    return moment.instant.isoformat()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEPS, min_size=2, max_size=10))
def test_every_position_and_every_instant_answers_as_it_did_then(
    keyroll: DocumentedKeyroll, openai: OpenAIServer, steps: list[Step]
) -> None:
    with keyroll.client(keyroll.token(Role.ADMIN, uuid4().hex)) as http:
        story = Story(http, openai)
        story.go([*_BEGINNING, *steps])
        assert story.differences(by_position) == []
        assert story.differences(by_instant) == []


@pytest.fixture
def story(http: httpx.Client, openai: OpenAIServer) -> Story:
    """A history in which all kinds of things happen."""
    told = Story(http, openai)
    told.go(_PLAIN)
    return told


def test_the_comparison_sees_a_position_too_many_and_one_too_few(story: Story) -> None:
    assert story.differences(by_position) == []
    assert story.differences(lambda moment: str(moment.position - 1)) != []
    inner = story.moments[:-1]
    story.moments = inner
    assert story.differences(lambda moment: str(moment.position + 1)) != []


def test_the_comparison_sees_a_fold_that_forgets_edits(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(row: Any, recorded: Any) -> Any:
        return row if isinstance(recorded.event, ModelEdited) else MODELS_TABLE.fold(row, recorded)

    tampered = [replace(model, fold=forgetful) if model is MODELS_TABLE else model for model in READ_MODELS]
    monkeypatch.setattr(as_of, "READ_MODELS", tampered)
    assert story.differences(by_position) != []


def test_the_comparison_sees_rows_that_have_changed_since(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(as_of.Past, "_changed", nothing)
    assert story.differences(by_position) != []


def test_the_answer_names_the_position_that_an_instant_meant(http: httpx.Client) -> None:
    provider = add_provider(http)
    position = log_end(http)
    event = next(items(http, "/v1/audit-events"))
    change_provider(http, provider, name="Ours")
    for moment in (str(position), event["occurred_at"]):
        answer = http.get(f"{PROVIDERS}/{provider['id']}", params={"as_of": moment})
        assert answer.headers["keyroll-position"] == str(position)
        assert answer.headers["etag"] == f'"{provider["version"]}"'
        assert answer.json() == provider
    assert "keyroll-position" not in http.get(f"{PROVIDERS}/{provider['id']}").headers
    before = datetime.fromisoformat(event["occurred_at"]) - timedelta(microseconds=1)
    problem(http.get(f"{PROVIDERS}/{provider['id']}", params={"as_of": before.isoformat()}), kinds.NOT_FOUND)


def test_a_destroyed_key_is_told_of_and_cannot_be_had(http: httpx.Client) -> None:
    provider = add_provider(http)
    then = log_end(http)
    change_provider(http, provider, api_key=None)
    told = done(http.get(f"{PROVIDERS}/{provider['id']}", params={"as_of": str(then)}))
    assert told == done(http.get(f"{PROVIDERS}/{provider['id']}", params={"as_of": f"{then:040}"}))
    assert (told["api_key_set"], told["key_hint"]) == (True, KEY[-4:])
    assert told["key_fingerprint"] == provider["key_fingerprint"]
    assert KEY not in str(told)


def test_deleted_objects_are_there_when_they_were_and_nothing_is_before_the_first_event(
    http: httpx.Client,
) -> None:
    provider = add_provider(http)
    run = sync(http, provider)
    then = str(log_end(http))
    delete(http, f"{PROVIDERS}/{provider['id']}")
    runs = f"{PROVIDERS}/{provider['id']}/syncs"
    problem(http.get(runs), kinds.NOT_FOUND)
    assert [one["sync_id"] for one in items(http, runs, as_of=then)] == [run["sync_id"]]
    shown = done(http.get(f"{runs}/{run['sync_id']}", params={"as_of": then}))
    assert (shown["status"], len(shown["models"])) == ("success", 8)
    assert len(list(items(http, MODELS, as_of=then))) == 8
    assert list(items(http, PROVIDERS, as_of="0")) == []
    assert done(http.get(f"{MODELS}/default", params={"as_of": "0"}))["model"] is None


def test_the_past_of_another_organization_is_absent_too(http: httpx.Client, stranger: httpx.Client) -> None:
    provider = add_provider(stranger)
    then = {"as_of": str(log_end(stranger))}
    problem(http.get(f"{PROVIDERS}/{provider['id']}", params=then), kinds.NOT_FOUND)
    assert done(http.get(PROVIDERS, params=then))["data"] == []
    assert done(stranger.get(f"{PROVIDERS}/{provider['id']}", params=then)) == provider


def test_pages_of_the_past_go_on_in_it_and_their_cursor_belongs_to_it(http: httpx.Client) -> None:
    provider = add_provider(http)
    sync(http, provider)
    then = next(items(http, "/v1/audit-events"))
    whole = list(items(http, MODELS, as_of=then["occurred_at"]))
    first = done(http.get(MODELS, params={"as_of": then["occurred_at"], "limit": "3"}))
    delete(http, f"{PROVIDERS}/{provider['id']}")
    rest = items(http, MODELS, as_of=then["occurred_at"], limit="3", cursor=first["next_cursor"])
    assert [*first["data"], *rest] == whole
    assert len(whole) == 8
    cursor = {"cursor": first["next_cursor"]}
    problem(http.get(MODELS, params=cursor), kinds.MALFORMED)
    told = problem(http.get(MODELS, params={**cursor, "as_of": str(then["position"])}), kinds.MALFORMED)
    assert then["occurred_at"] in told["detail"]


def test_models_that_retire_soon_are_those_that_did_then(http: httpx.Client) -> None:
    model = add_model(http, add_provider(http), "gpt-5", retires_at="2030-01-01T00:00:00Z")
    then = str(log_end(http))
    change_model(http, model, retires_at="2090-01-01T00:00:00Z")
    ten_years = {"retiring_within_days": "3650"}
    instant = next(items(http, "/v1/audit-events", action="model.added"))["occurred_at"]
    for moment in (then, instant):
        assert [one["id"] for one in items(http, MODELS, as_of=moment, **ten_years)] == [model["id"]]
    assert list(items(http, MODELS, as_of="0", **ten_years)) == []
    assert list(items(http, MODELS, **ten_years)) == []


@pytest.mark.parametrize(
    "moment",
    ["", "yesterday", "-1", "1.5", "2026-11-23T09:00:00", "2999-01-01T00:00:00Z", "9" * 30, "2147483648"],
)
def test_a_moment_that_is_none_or_lies_in_the_future_is_refused(http: httpx.Client, moment: str) -> None:
    add_provider(http)
    for path in (PROVIDERS, MODELS, f"{MODELS}/default"):
        told: Json = problem(http.get(path, params={"as_of": moment}), kinds.MALFORMED)
        assert "as_of" in told["detail"]


def test_the_last_position_there_is_is_no_future(http: httpx.Client) -> None:
    provider = add_provider(http)
    assert done(http.get(PROVIDERS, params={"as_of": str(log_end(http))}))["data"] == [provider]


def test_the_past_has_no_next_sync(conninfo: str, tmp_path: Path, openai: OpenAIServer) -> None:
    scheduled = {"KEYROLL_OPENAI_BASE_URL": openai.base_url, "KEYROLL_SYNC_INTERVAL_HOURS": "24"}
    with KeyrollInAThread(conninfo, tmp_path, **scheduled) as keyroll:
        provider = add_provider(keyroll.http)
        then = str(log_end(keyroll.http))
        assert provider["next_sync_at"] is not None
        told = done(keyroll.http.get(f"{PROVIDERS}/{provider['id']}", params={"as_of": then}))
        assert told["next_sync_at"] is None
        assert next(items(keyroll.http, PROVIDERS, as_of=then))["next_sync_at"] is None
