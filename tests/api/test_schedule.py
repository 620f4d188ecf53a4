"""Syncs in the background: when they come, what a provider tells of them, what people's syncs do then."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final, Self

import httpx
import pytest

from adapters.postgres.store import Decided, Stream
from api.commands.bootstrap import organization_of
from api.commands.caller import Caller
from api.commands.core import SYNC
from api.commands.syncs import Syncing, SyncOutcome
from api.http import problems_list as kinds
from domain.access import Role
from domain.sync import SyncStarted
from projections.syncs import SyncRow
from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.embedded_postgres import wait_until
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    KEY,
    Json,
    add_provider,
    change_provider,
    delete,
    done,
    items,
    problem,
    provider_now,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS

DAY: Final = timedelta(hours=24)
ADDRESS: Final = "https://llm.example.com/v1"


def _scheduling(conninfo: str, folder: Path, openai: VendorServer, hours: str = "24") -> DocumentedKeyroll:
    return DocumentedKeyroll(
        conninfo, folder, KEYROLL_OPENAI_BASE_URL=openai.base_url, KEYROLL_SYNC_INTERVAL_HOURS=hours
    )


@pytest.fixture
def keyroll(
    conninfo: str, tmp_path: Path, openai: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DocumentedKeyroll]:
    """A Keyroll of the test's own, with the schedule at work."""
    hurry(monkeypatch)
    with _scheduling(conninfo, tmp_path, openai) as running:
        yield running


@pytest.fixture
def http(keyroll: DocumentedKeyroll) -> httpx.Client:
    """Its admin."""
    return keyroll.http


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set once a person's sync has met a run of the schedule and waits for its end."""
    met, wait_for_end = Event(), Syncing._end_of

    async def told(syncing: Syncing, running: SyncRow) -> SyncOutcome | None:
        met.set()
        return await wait_for_end(syncing, running)

    monkeypatch.setattr(Syncing, "_end_of", told)
    return met


def _runs(http: httpx.Client, provider: Json) -> list[Json]:
    """The runs that have ended, the first one first."""
    runs = items(http, f"/v1/llm-providers/{provider['id']}/syncs")
    return [run for run in runs if run["status"] != "running"][::-1]


def _wait_for_runs(http: httpx.Client, provider: Json, count: int) -> list[Json]:
    wait_until(lambda: len(_runs(http, provider)) >= count)
    return _runs(http, provider)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _marker(http: httpx.Client, name: str = "A later one") -> None:
    """A provider that is due after all that was due before it: its run shows that the schedule came by."""
    _wait_for_runs(http, add_provider(http, name), 1)


class Scripted:
    """A run of the schedule that waits for its vendor until it is let go."""

    def __init__(self, openai: VendorServer) -> None:
        self._released = Event()
        self._openai = openai
        openai.send_next(more=self._listing())

    def _listing(self) -> Iterator[bytes]:
        self._openai.wait(self._released)
        yield json.dumps({"object": "list", "data": OPENAI_MODELS}).encode()

    def __enter__(self) -> Self:
        return self

    def wait_until_under_way(self, http: httpx.Client, provider: Json) -> Json:
        """The run, as the provider shows it."""
        wait_until(lambda: (provider_now(http, provider)["last_sync"] or {}).get("status") == "running")
        run: Json = provider_now(http, provider)["last_sync"]
        assert run["trigger"] == "schedule"
        return run

    def let_go(self) -> None:
        self._released.set()

    def __exit__(self, *_: object) -> None:
        self.let_go()


def test_a_new_provider_is_synced_in_the_background_and_due_again_in_a_day(http: httpx.Client) -> None:
    provider = add_provider(http)
    assert _instant(provider["next_sync_at"]) - _instant(provider["created_at"]) == timedelta(seconds=1)
    (run,) = _wait_for_runs(http, provider, 1)
    assert (run["status"], run["trigger"], run["actor"], run["created"]) == (
        "success",
        "schedule",
        "schedule",
        8,
    )
    now = provider_now(http, provider)
    assert now["last_error"] is None
    assert DAY * 0.9 <= _instant(now["next_sync_at"]) - _instant(now["last_synced_at"]) <= DAY * 1.1
    (listed,) = items(http, "/v1/llm-providers")
    assert listed == now
    assert len(roll(http)) == 8


def test_each_run_has_a_request_id_of_its_own_in_the_audit_trail(http: httpx.Client) -> None:
    for name in ("One", "Two"):
        _marker(http, name)
    trail = list(items(http, "/v1/audit-events", actor="schedule", action="sync.completed"))
    assert len({event["request_id"] for event in trail}) == len(trail) == 2
    assert {event["address"] for event in trail} == {None}


def test_who_adds_a_provider_and_syncs_it_at_once_gets_the_counts_of_a_first_sync(http: httpx.Client) -> None:
    provider = add_provider(http)
    assert sync(http, provider)["created"] == 8
    _marker(http)
    (run,) = _runs(http, provider)
    assert run["trigger"] == "manual"


def test_a_new_key_and_an_enabling_are_followed_by_a_sync_a_new_name_is_not(http: httpx.Client) -> None:
    provider = add_provider(http)
    _wait_for_runs(http, provider, 1)
    assert _instant(change_provider(http, provider, api_key="sk-wrong-1234")["next_sync_at"])
    _, rejected = _wait_for_runs(http, provider, 2)
    assert rejected["code"] == "key_rejected"
    change_provider(http, provider, api_key=KEY)
    assert _wait_for_runs(http, provider, 3)[-1]["status"] == "success"
    assert change_provider(http, provider, status="disabled")["next_sync_at"] is None
    change_provider(http, provider, status="active")
    _wait_for_runs(http, provider, 4)
    due = provider_now(http, provider)["next_sync_at"]
    assert change_provider(http, provider, name="Ours")["next_sync_at"] == due
    _marker(http)
    assert len(_runs(http, provider)) == 4


@pytest.mark.parametrize("fields", [{"api_key": None}, {"base_url": ADDRESS}], ids=str)
def test_a_provider_without_a_key_or_with_an_address_of_its_own_is_left_alone(
    http: httpx.Client, fields: dict[str, Any]
) -> None:
    provider = add_provider(http, **fields)
    assert provider["next_sync_at"] is None
    _marker(http)
    assert _runs(http, provider) == []
    assert provider_now(http, provider)["next_sync_at"] is None


def test_a_disabled_provider_is_left_alone(http: httpx.Client) -> None:
    provider = add_provider(http)
    assert change_provider(http, provider, status="disabled")["next_sync_at"] is None
    _marker(http)
    assert _runs(http, provider) == []


def test_a_failure_is_told_until_a_run_succeeds_and_is_tried_again_in_five_minutes(
    http: httpx.Client, openai: VendorServer
) -> None:
    openai.key = "another"
    provider = add_provider(http)
    (failed,) = _wait_for_runs(http, provider, 1)
    now = provider_now(http, provider)
    assert now["last_error"] == {
        "code": "key_rejected",
        "message": failed["message"],
        "at": failed["finished_at"],
    }
    assert _instant(now["next_sync_at"]) - _instant(failed["finished_at"]) == timedelta(minutes=5)
    for _ in range(3):
        assert sync(http, provider)["status"] == "failed"
    now, before = provider_now(http, provider), now
    assert now["last_error"]["at"] == _runs(http, provider)[-1]["finished_at"] > before["last_error"]["at"]
    assert now["next_sync_at"] == before["next_sync_at"], "who tries by hand does not put the next one off"

    openai.key = KEY
    with Scripted(openai) as scripted, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(sync, http, provider)
        wait_until(lambda: bool(provider_now(http, provider)["last_sync"]["status"] == "running"))
        assert provider_now(http, provider)["last_error"] == now["last_error"]
        scripted.let_go()
        assert answer.result()["status"] == "success"
    assert provider_now(http, provider)["last_error"] is None


def test_failures_by_hand_after_a_success_count_as_one_failure_which_is_the_first(
    http: httpx.Client, openai: VendorServer
) -> None:
    provider = add_provider(http)
    _wait_for_runs(http, provider, 1)
    openai.key = "another"
    for _ in range(6):
        assert sync(http, provider)["status"] == "failed"
    first = _runs(http, provider)[1]
    due = _instant(provider_now(http, provider)["next_sync_at"])
    assert due - _instant(first["finished_at"]) == timedelta(minutes=5)


def test_a_person_who_syncs_while_the_schedule_does_gets_its_outcome(
    http: httpx.Client, openai: VendorServer, joined: Event
) -> None:
    once = {"Idempotency-Key": "once"}
    with Scripted(openai) as scripted, ThreadPoolExecutor(1) as pool:
        provider = add_provider(http)
        running = scripted.wait_until_under_way(http, provider)
        path = f"/v1/llm-providers/{provider['id']}/sync-models"
        refused = problem(http.post(path, params={"force": "true"}), kinds.SYNC_RUNNING)
        assert refused["sync_id"] == running["sync_id"]
        rehearsed = done(http.post(path, params={"dry_run": "true"}))
        assert rehearsed["created"] == 8
        asking = pool.submit(http.post, path, headers=once)
        assert joined.wait(60)
        problem(http.post(path, headers=once), kinds.KEY_IN_USE)
        scripted.let_go()
        answer = asking.result()
    body = done(answer)
    assert (body["sync_id"], body["status"], body["created"]) == (running["sync_id"], "success", 8)
    (end,) = items(http, "/v1/audit-events", action="sync.completed")
    assert body["position"] == end["position"] == int(answer.headers["Keyroll-Position"])
    repeated = http.post(path, headers=once)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.json() == body
    assert len(_runs(http, provider)) == 1


def test_a_failure_of_the_schedules_run_is_the_persons_answer_too(
    http: httpx.Client, openai: VendorServer, joined: Event
) -> None:
    with ThreadPoolExecutor(1) as pool:
        released = openai.hang_next()
        provider = add_provider(http)
        wait_until(lambda: provider_now(http, provider)["last_sync"] is not None)
        asking = pool.submit(sync, http, provider)
        assert joined.wait(60)
        released.set()
        answer = asking.result()
    (run,) = _runs(http, provider)
    assert (answer["status"], answer["code"], answer["sync_id"]) == ("failed", "malformed", run["sync_id"])
    assert answer["message"] == run["message"]


def test_a_provider_deleted_while_a_person_waits_for_its_run_is_absent(
    http: httpx.Client, openai: VendorServer, joined: Event
) -> None:
    with Scripted(openai) as scripted, ThreadPoolExecutor(1) as pool:
        provider = add_provider(http)
        scripted.wait_until_under_way(http, provider)
        asking = pool.submit(http.post, f"/v1/llm-providers/{provider['id']}/sync-models")
        assert joined.wait(60)
        delete(http, f"/v1/llm-providers/{provider['id']}")
        scripted.let_go()
        problem(asking.result(), kinds.NOT_FOUND)


def test_the_run_of_a_process_that_died_is_closed_and_done_at_once(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    provider = add_provider(http)
    (first,) = _wait_for_runs(http, provider, 1)
    caller = Caller(organization_of("default"), "a process that died", Role.ADMIN, "request-0")
    begun = SyncStarted(provider_id=provider["id"], provider_name=provider["name"], trigger="schedule")
    keyroll.core.append(caller, [Decided(Stream(SYNC, keyroll.core.new_id()), (begun,))])
    runs = _wait_for_runs(http, provider, 3)
    assert [(run["status"], run["code"]) for run in runs] == [
        ("success", None),
        ("failed", "abandoned"),
        ("success", None),
    ]
    assert runs[0]["sync_id"] == first["sync_id"]


def test_a_stop_abandons_what_is_under_way(conninfo: str, tmp_path: Path, openai: VendorServer) -> None:
    with Scripted(openai) as scripted, _scheduling(conninfo, tmp_path, openai) as keyroll:
        scripted.wait_until_under_way(keyroll.http, add_provider(keyroll.http))
    assert keyroll.sql("SELECT status, code FROM syncs") == [("failed", "abandoned")]


def test_with_an_interval_of_0_nothing_is_synced_and_nothing_is_due(
    conninfo: str, tmp_path: Path, openai: VendorServer
) -> None:
    with _scheduling(conninfo, tmp_path, openai, hours="0") as keyroll:
        provider = add_provider(keyroll.http)
        assert provider["next_sync_at"] is None
        assert sync(keyroll.http, provider)["status"] == "success"
        assert provider_now(keyroll.http, provider)["next_sync_at"] is None
    assert len(openai.requests) == 1
