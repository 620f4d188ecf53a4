"""/v1/projections: the read models, seen, rebuilt and checked."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.rebuild_progress import last_runs
from api.commands.projections import NAMES
from api.http.problems_list import FORBIDDEN, NOT_FOUND, REBUILD_RUNNING, UNAVAILABLE
from domain.access import Role
from projections.all import READ_MODELS
from projections.models import MODELS
from tests.api.conftest import ClientOf
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_model, add_provider, change_provider, done, problem
from tests.support.tables import execute


@pytest.fixture
def alone(conninfo: str, tmp_path: Any) -> Iterator[KeyrollInAThread]:
    """A Keyroll over a database of the test's own, whose tables may be spoilt."""
    with KeyrollInAThread(conninfo, tmp_path) as running:
        yield running


def _events(answer: httpx.Response) -> Iterator[Json]:
    for line in answer.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def _progress(http: httpx.Client, name: str) -> list[Json]:
    with http.stream("GET", f"/v1/projections/{name}/progress") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(_events(answer))


def test_every_read_model_is_listed_with_its_version(alone: KeyrollInAThread) -> None:
    listed = done(alone.http.get("/v1/projections"))["data"]
    assert [one["name"] for one in listed] == list(NAMES)
    versions = [(read_model.version, None, None) for read_model in READ_MODELS]
    assert [(one["version"], one["built_at"], one["rebuild"]) for one in listed] == versions
    assert done(alone.http.get("/v1/projections/llm_models")) == listed[NAMES.index("llm_models")]


def test_a_rebuild_is_accepted_and_followed_to_its_end(alone: KeyrollInAThread) -> None:
    provider = add_provider(alone.http, base_url="https://llm.example.com/v1")
    add_model(alone.http, provider, "mine")
    accepted = alone.http.post("/v1/projections/llm_models/rebuild")
    begun = done(accepted, 202)
    assert accepted.headers["location"] == "/v1/projections/llm_models"
    assert (begun["status"], begun["name"]) == ("running", "llm_models")
    last = _progress(alone.http, "llm_models")[-1]
    assert last == done(alone.http.get("/v1/projections/llm_models"))
    assert last["built_at"] is not None
    assert (last["rebuild"]["run_id"], last["rebuild"]["status"]) == (begun["run_id"], "done")
    assert last["rebuild"]["events_done"] == last["rebuild"]["events_total"] == 1


def test_progress_of_what_was_never_rebuilt_is_told_once(alone: KeyrollInAThread) -> None:
    (only,) = _progress(alone.http, "syncs")
    assert only["rebuild"] is None


def test_a_rebuild_that_is_under_way_elsewhere_refuses_another(
    alone: KeyrollInAThread, conninfo: str
) -> None:
    with closing(Rebuild(connection_settings(conninfo), MODELS)) as elsewhere:
        elsewhere.begin()
        refused = problem(alone.http.post("/v1/projections/llm_models/rebuild"), REBUILD_RUNNING)
        assert "llm_models is being rebuilt already" in refused["detail"]
        with alone.http.stream("GET", "/v1/projections/llm_models/progress") as answer:
            events = _events(answer)
            assert next(events)["rebuild"]["status"] == next(events)["rebuild"]["status"] == "running"
            elsewhere.run()
            assert list(events)[-1]["rebuild"]["status"] == "done"


def test_an_open_stream_does_not_keep_the_server(conninfo: str, tmp_path: Any) -> None:
    settings = connection_settings(conninfo)
    with closing(Rebuild(settings, MODELS)) as elsewhere, httpx.Client(trust_env=False, timeout=60) as http:
        with KeyrollInAThread(conninfo, tmp_path) as running:
            elsewhere.begin()
            request = http.build_request(
                "GET",
                f"{running.url}/v1/projections/llm_models/progress",
                headers={"Authorization": f"Bearer {running.admin}"},
            )
            answer = http.send(request, stream=True)
            events = _events(answer)
            assert next(events)["rebuild"]["status"] == "running"
        assert all(event["rebuild"]["status"] == "running" for event in events)


def test_a_rebuild_that_is_under_way_when_keyroll_stops_is_broken_off(
    conninfo: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Rebuild._build

    def wait_and_build(rebuild: Rebuild[Any]) -> None:
        rebuild._reading.execute("SELECT pg_sleep(600)")
        built(rebuild)

    monkeypatch.setattr(Rebuild, "_build", wait_and_build)
    with KeyrollInAThread(conninfo, tmp_path) as running:
        done(running.http.post("/v1/projections/llm_models/rebuild"), 202)
    with psycopg.connect(conninfo) as connection:
        run = last_runs(connection, ["llm_models"])["llm_models"]
    assert (run.status, run.failure) == ("failed", "It was stopped.")


def test_checks_that_are_under_way_when_keyroll_stops_are_broken_off(
    conninfo: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(connection: psycopg.Connection[Any], *_: object) -> int:
        connection.execute("SELECT pg_sleep(600)")
        return 0

    monkeypatch.setattr("adapters.postgres.verify.count_events", sleep)
    under_way = (
        "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'"
    )
    path = "/v1/projections/llm_models/verify"
    with (
        ThreadPoolExecutor() as threads,
        KeyrollInAThread(conninfo, tmp_path) as running,
        running.client(running.admin) as http,
        psycopg.connect(conninfo, autocommit=True) as looking,
    ):
        answers = [threads.submit(http.post, path) for _ in range(2)]
        wait_until(lambda: looking.execute(under_way).fetchall() == [(2,)])
        running.stop()
        for answer in answers:
            assert "asked to stop" in problem(answer.result(), UNAVAILABLE)["detail"]


def test_a_rebuild_with_an_idempotency_key_is_begun_once(alone: KeyrollInAThread) -> None:
    def ask(key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return alone.http.post("/v1/projections/llm_models/rebuild", headers=headers)

    first = done(ask("a"), 202)
    _progress(alone.http, "llm_models")
    again = ask("a")
    assert done(again, 202) == first
    assert again.headers["idempotency-replayed"] == "true"
    assert done(alone.http.get("/v1/projections/llm_models"))["rebuild"]["run_id"] == first["run_id"]
    assert done(ask("b"), 202)["run_id"] != first["run_id"]
    _progress(alone.http, "llm_models")


def test_rebuilds_that_wait_for_their_tables_hold_up_nobodys_writes(
    conninfo: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # on which the number of threads for writes depends
    with KeyrollInAThread(conninfo, tmp_path) as running, psycopg.connect(conninfo) as reader:
        provider = add_provider(running.http)
        reader.execute(f"LOCK TABLE {', '.join(NAMES)} IN ACCESS SHARE MODE".encode())
        for name in NAMES:
            done(running.http.post(f"/v1/projections/{name}/rebuild"), 202)
        assert change_provider(running.http, provider, name="Ours")["name"] == "Ours"
        reader.rollback()
        assert {_progress(running.http, name)[-1]["rebuild"]["status"] for name in NAMES} == {"done"}


def test_a_table_is_what_the_log_says_or_the_first_difference_is_told(
    alone: KeyrollInAThread, conninfo: str
) -> None:
    provider = add_provider(alone.http)
    verified = done(alone.http.post("/v1/projections/llm_providers/verify"))
    assert verified == {
        "name": "llm_providers",
        "identical": True,
        "events": verified["events"],
        "rows": verified["rows"],
        "difference": None,
    }
    assert verified["rows"] >= 1
    execute(conninfo, "UPDATE llm_providers SET name = 'Another' WHERE id = %s", provider["id"])
    found = done(alone.http.post("/v1/projections/llm_providers/verify"))
    assert not found["identical"]
    assert found["difference"] == {
        "id": provider["id"],
        "column": "name",
        "live": "Another",
        "replayed": "My OpenAI",
        "detail": f"llm_providers {provider['id']}: name is 'Another', and the log says 'My OpenAI'",
    }


def test_nothing_is_told_of_another_organizations_row_but_that_it_differs(
    alone: KeyrollInAThread, conninfo: str
) -> None:
    provider = add_provider(alone.http)
    execute(conninfo, "DELETE FROM llm_providers WHERE id <> %s", provider["id"])
    execute(conninfo, "UPDATE llm_providers SET name = 'Another' WHERE id = %s", provider["id"])
    with alone.client(alone.token(Role.ADMIN, "elsewhere")) as stranger:
        found = done(stranger.post("/v1/projections/llm_providers/verify"))
    assert not found["identical"]
    assert "another organization" in found["difference"]["detail"]
    assert [found["difference"][field] for field in ("id", "live", "replayed")] == [None] * 3
    assert "Another" not in json.dumps(found)


def test_a_viewer_looks_and_does_not_rebuild(client_of: ClientOf) -> None:
    viewer = client_of(Role.VIEWER)
    done(viewer.get("/v1/projections"))
    for deed in ("rebuild", "verify"):
        problem(viewer.post(f"/v1/projections/tokens/{deed}"), FORBIDDEN)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/progress"), ("POST", "/rebuild"), ("POST", "/verify")]
)
def test_a_read_model_that_there_is_not_is_not_found(http: httpx.Client, method: str, path: str) -> None:
    told = problem(http.request(method, f"/v1/projections/stored_events{path}"), NOT_FOUND)
    assert "llm_providers" in told["detail"]
    assert "stored_events" not in told["detail"]


def test_what_people_type_for_a_name_is_not_logged(
    alone: KeyrollInAThread, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="keyroll.http")
    alone.http.get("/v1/projections/sk-typed-in-the-wrong-place")
    alone.http.get("/v1/projections")

    def paths() -> list[Any]:
        return [record.args[1] for record in caplog.records if record.name == "keyroll.http" and record.args]  # type: ignore[index]  # a tuple

    wait_until(lambda: len(paths()) >= 2)  # a line is written after its answer went out
    assert paths()[-2:] == ["/v1/projections/{name}", "/v1/projections"]
    assert "sk-typed" not in caplog.text
