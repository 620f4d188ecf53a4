"""/v1/audit-events/export: the trail as a file that says whether it is whole."""

import asyncio
import csv
import gc
import io
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

import httpx
import psycopg
import pytest

from adapters.postgres.queries import audit_export, audit_filter
from adapters.postgres.reader import LONG
from api.http import problems_list as kinds
from api.queries.audit_export import WRITINGS, ExportFormat
from domain.access import Role
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_model, add_provider, change_model, items, problem, sync

PATH: Final = "/v1/audit-events/export"
TRAIL: Final = "/v1/audit-events"
_CURSORS: Final = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE %s AND state = 'idle in transaction'
"""
_FETCHING: Final = '%FROM "audit_export"'
_DECLARED: Final = 'DECLARE "audit_export"%'


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider with eight models from its listing."""
    made = add_provider(http)
    sync(http, made)
    return made


@pytest.fixture
def auditor(keyroll: DocumentedKeyroll, organization_name: str) -> Iterator[httpx.Client]:
    """A viewer, whose answers need not be JSON."""
    token = keyroll.token(Role.VIEWER, organization_name)
    with KeyrollInAThread.client(keyroll, token) as client:
        yield client


def lines(http: httpx.Client, **params: str) -> list[Json]:
    """The lines of an export as JSON Lines."""
    answer = http.get(PATH, params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jsonl")
    return [json.loads(line) for line in answer.text.splitlines()]


def records(http: httpx.Client, **params: str) -> list[dict[str, str]]:
    """The records of an export as CSV."""
    answer = http.get(PATH, params={"format": "csv", **params})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


def test_json_lines_hold_the_trail_oldest_first_and_an_end_that_counts_it(
    auditor: httpx.Client, provider: Json
) -> None:
    *events, end = lines(auditor)
    assert events == list(items(auditor, TRAIL))[::-1]
    assert end == {"complete": True, "events": len(events), "last_position": events[-1]["position"]}
    assert provider["id"] in {event["subject_id"] for event in events}


def test_csv_holds_the_same_with_an_end_as_wide_as_the_other_records(
    auditor: httpx.Client, provider: Json
) -> None:
    events = list(items(auditor, TRAIL))[::-1]
    *found, end = records(auditor)
    assert [*found[0]] == [*events[0]]
    for record, event in zip(found, events, strict=True):
        assert json.loads(record["changes"]) == event["changes"]
        told = {name: "" if value is None else str(value) for name, value in event.items()}
        assert record == {**told, "changes": record["changes"]}
    assert [*end.values()][:3] == ["complete", str(len(events)), str(events[-1]["position"])]
    assert [*end.values()][3:] == [""] * 7
    assert provider["id"] in {record["subject_id"] for record in found}


def test_an_export_takes_the_filters_of_the_list(auditor: httpx.Client, provider: Json) -> None:
    whole = list(items(auditor, TRAIL))
    instant = whole[1]["occurred_at"]
    for params in (
        {"action": "model.discovered"},
        {"actor": whole[0]["actor"]},
        {"subject": provider["id"]},
        {"subject_type": "sync", "address": "127.0.0.1"},
        {"request_id": whole[0]["request_id"]},
        {"field": "api_key"},
        {"field": "context_window"},
        {"from": instant},
        {"to": instant},
    ):
        *events, end = lines(auditor, **params)
        assert events == list(items(auditor, TRAIL, **params))[::-1], params
        assert end["events"] == len(events)


def test_an_export_of_nothing_is_complete(auditor: httpx.Client) -> None:
    assert lines(auditor, actor="nobody") == [{"complete": True, "events": 0, "last_position": None}]
    assert [*records(auditor, actor="nobody")[0].values()][:3] == ["complete", "0", ""]


def test_a_file_has_a_name_and_is_kept_by_no_cache(auditor: httpx.Client) -> None:
    headers = auditor.get(PATH, params={"format": "csv"}).headers
    assert headers["content-disposition"] == 'attachment; filename="audit-events.csv"'
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"])
def test_no_cell_begins_a_formula_of_a_spreadsheet(
    http: httpx.Client, auditor: httpx.Client, provider: Json, name: str
) -> None:
    model = add_model(http, provider, name)
    with_formula = {"X-Request-Id": "-1"}
    http.patch(f"/v1/llm-models/{model['id']}", json={"status": "disabled"}, headers=with_formula)
    cells = [cell for record in records(auditor) for cell in record.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'-1" in cells
    assert any(name in cell for cell in cells), "the name itself is there"
    assert any(event["request_id"] == "-1" for event in lines(auditor)[:-1]), "JSON has it as it is"


@pytest.mark.parametrize(
    "params", [{"format": "xml"}, {"action": "x"}, {"limit": "1"}, {"field": "x"}], ids=str
)
def test_an_export_that_cannot_be_is_refused(auditor: httpx.Client, params: dict[str, str]) -> None:
    assert problem(auditor.get(PATH, params=params), kinds.MALFORMED)["detail"] != ""


def test_a_database_that_is_lost_in_the_midst_of_it_shows_as_an_incomplete_end(
    keyroll: DocumentedKeyroll,
    http: httpx.Client,
    auditor: httpx.Client,
    provider: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit_export, "BATCH", 2)
    change_model(http, add_model(http, provider, "gpt-9"), status="disabled")
    whole = lines(auditor)
    read = audit_filter.recorded
    seen = []

    def recorded(*parts: Any) -> Any:
        seen.append(parts)
        if len(seen) == 3:
            keyroll.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE %s",
                _FETCHING,
            )
        return read(*parts)

    monkeypatch.setattr(audit_export, "recorded", recorded)
    *events, end = lines(auditor)
    assert end == {"complete": False, "events": 4, "last_position": events[-1]["position"]}
    assert events == whole[:4]
    assert records(auditor)[-1]["position"] == "complete", "the next one is whole again"


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is left to the garbage collector stays."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("provider", "no_collector")
@pytest.mark.parametrize("read", [100, 50_000, 1_000_000])
def test_clients_that_go_away_end_their_cursors_and_leave_room_for_others(
    keyroll: DocumentedKeyroll, auditor: httpx.Client, monkeypatch: pytest.MonkeyPatch, read: int
) -> None:
    monkeypatch.setattr(audit_export, "BATCH", 1)
    much = WRITINGS[ExportFormat.JSONL]._replace(lines=lambda _events: b"x" * 2_000_000)
    monkeypatch.setitem(WRITINGS, ExportFormat.JSONL, much)  # more than fits between server and client
    assert len(auditor.get(PATH).content) > 10_000_000
    for _ in range(2):
        clients = [_beginning(keyroll, auditor, read) for _ in range(LONG)]
        wait_until(lambda: len(keyroll.sql(_CURSORS, _FETCHING)) == LONG)  # they wait for their readers
        for client in clients:
            client.close()
        wait_until(lambda: keyroll.sql(_CURSORS, _FETCHING) == [])
    assert auditor.get(PATH).is_success


@pytest.mark.usefixtures("provider", "no_collector")
def test_a_client_that_goes_away_while_the_log_is_read_ends_the_cursor(
    keyroll: DocumentedKeyroll, auditor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    async def fetched(_cursor: object, _number: int) -> list[object]:
        asked.set()
        await asyncio.Event().wait()
        return []

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.AsyncServerCursor, "fetchmany", fetched)
        client = _beginning(keyroll, auditor, 1)
        assert asked.wait(10)
        assert len(keyroll.sql(_CURSORS, _DECLARED)) == 1
        client.close()
        wait_until(lambda: keyroll.sql(_CURSORS, _DECLARED) == [])
    assert auditor.get(PATH).is_success


def _beginning(keyroll: DocumentedKeyroll, auditor: httpx.Client, read: int) -> socket.socket:
    """A client that has read so much of an export, and now reads no more."""
    host, port = keyroll.url.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)))
    request = f"GET {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: {auditor.headers['authorization']}\r\n\r\n"
    client.sendall(request.encode())
    assert client.recv(read, socket.MSG_WAITALL).startswith(b"HTTP/1.1 200"[:read])
    return client
