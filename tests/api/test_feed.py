"""/v1/events: the log in pages, and as a stream that goes on."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.write import LogEntry
from api.http import problems_list as kinds
from api.queries.feed import event_body
from domain.access import Role
from tests.api.conftest import ClientOf
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.examples import META, NOON
from tests.support.examples import STREAM as STREAM_OF_ROBOT
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_provider, change_provider, delete, done, items, log_end, problem

STREAM = {"Accept": "text/event-stream"}


class Frames:
    """A stream's frames, one after the other; comments are left out unless asked for."""

    def __init__(self, answer: httpx.Response) -> None:
        self._blocks = self._split(answer)

    def comment(self) -> str:
        """The next comment."""
        return next(block for block in self._blocks if block.startswith(":"))

    def event(self) -> tuple[int, Json]:
        """The next event: its id, and its data."""
        for block in self._blocks:
            if block.startswith("id: "):
                number, data = block.split("\n")
                return int(number.removeprefix("id: ")), json.loads(data.removeprefix("data: "))
        raise EOFError

    def rest(self) -> list[str]:
        """All that comes until the end."""
        return list(self._blocks)

    def _split(self, answer: httpx.Response) -> Iterator[str]:
        rest = ""
        for text in answer.iter_text():
            *blocks, rest = (rest + text).split("\n\n")
            yield from blocks
        assert rest == ""


@contextmanager
def _stream(http: httpx.Client, params: Any = None, **headers: str) -> Iterator[Frames]:
    # Not by the client whose answers are held to the description: it would read them to their end.
    told = {"Authorization": http.headers["Authorization"], **STREAM, **headers}
    url = http.base_url.join("/v1/events")
    with (
        httpx.Client(trust_env=False, timeout=30) as client,
        client.stream("GET", url, params=params, headers=told) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield Frames(answer)


def _page(http: httpx.Client, **params: str) -> Json:
    return done(http.get("/v1/events", params=params))


def test_a_page_tells_the_events_in_the_order_of_the_log_and_where_to_go_on(http: httpx.Client) -> None:
    provider = add_provider(http, "One", api_key=None)
    change_provider(http, provider, name="Two")
    first = _page(http, limit="2")
    second = _page(http, after=str(first["next_after"]), limit="2")
    events = first["data"] + second["data"]
    assert [event["type"] for event in events] == [
        "access.token_issued.v1",
        "provider.created.v1",
        "provider.renamed.v1",
    ]
    positions = [event["position"] for event in events]
    assert positions == sorted(set(positions))
    assert second["next_after"] == positions[-1] == log_end(http)


def test_an_event_says_who_did_what_to_which_object(http: httpx.Client) -> None:
    provider = add_provider(http, "One", api_key=None)
    event = _page(http)["data"][-1]
    audited = next(items(http, "/v1/audit-events"))
    assert event == {
        "position": audited["position"],
        "type": "provider.created.v1",
        "occurred_at": audited["occurred_at"],
        "actor": audited["actor"],
        "subject_type": "provider",
        "subject_id": provider["id"],
        "version": 1,
        "request_id": audited["request_id"],
        "data": {"name": "One", "endpoint": {"provider_type": "openai", "base_url": None}},
    }


def test_a_page_beyond_the_end_is_empty_and_asks_on_from_there(http: httpx.Client) -> None:
    end = log_end(http)
    assert _page(http, after=str(end)) == {"data": [], "next_after": end}


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["page", "stream"])
def test_a_position_that_the_log_has_not_reached_is_refused_and_its_end_told(
    http: httpx.Client, keyroll: DocumentedKeyroll, headers: dict[str, str]
) -> None:
    ((end,),) = keyroll.sql("SELECT max(notification_id) FROM stored_events")
    beyond = {"after": str(end + 1_000_000)}
    refused = problem(http.get("/v1/events", params=beyond, headers=headers), kinds.MALFORMED)
    assert f"after={end + 1_000_000} lies beyond the log, which ends at position " in refused["detail"]
    assert int(refused["detail"].partition("ends at position ")[2].partition(".")[0]) >= end
    assert "backup" in refused["detail"]


def test_a_stream_of_a_log_that_reached_further_is_not_resumed(http: httpx.Client) -> None:
    beyond = {**STREAM, "Last-Event-ID": str(2**62)}
    refused = problem(http.get("/v1/events", headers=beyond), kinds.MALFORMED)
    assert f"Last-Event-ID={2**62} lies beyond the log" in refused["detail"]


def test_what_recognizes_a_token_is_not_told(http: httpx.Client) -> None:
    (issued,) = _page(http)["data"]
    assert issued["type"] == "access.token_issued.v1"
    assert set(issued["data"]) == {"name", "role"}


def test_anothers_events_are_in_no_page_and_no_stream(http: httpx.Client, stranger: httpx.Client) -> None:
    before = log_end(http)
    add_provider(stranger, "Theirs", api_key=None)
    assert _page(http, after=str(before))["data"] == []
    with _stream(http, {"after": before}) as frames:
        mine = add_provider(http, "Mine", api_key=None)
        assert frames.event()[1]["subject_id"] == mine["id"]


@pytest.mark.parametrize("params", [{"after": "-1"}, {"after": "x"}, {"after": str(2**63)}, {"limit": "201"}])
def test_a_position_that_is_none_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    problem(http.get("/v1/events", params=params), kinds.MALFORMED)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", str(2**63), "9" * 5000])
def test_a_last_event_id_that_is_none_is_refused(http: httpx.Client, last: str) -> None:
    problem(http.get("/v1/events", headers={**STREAM, "Last-Event-ID": last}), kinds.MALFORMED)


def test_a_stream_tells_what_was_and_then_what_happens(http: httpx.Client) -> None:
    with _stream(http) as frames:
        number, event = frames.event()
        assert event == _page(http)["data"][0]
        assert number == event["position"]
        for name in ("One", "Two"):
            provider = add_provider(http, name, api_key=None)
            number, event = frames.event()
            assert event["subject_id"] == provider["id"]
            assert number == event["position"] == log_end(http)


def test_a_stream_that_broke_goes_on_after_its_last_event(http: httpx.Client) -> None:
    for name in ("One", "Two"):
        add_provider(http, name, api_key=None)
    positions = [event["position"] for event in _page(http)["data"]]
    with _stream(http, {"after": 0}, **{"Last-Event-ID": str(positions[1])}) as frames:
        assert frames.event()[0] == positions[2]
    with _stream(http, {"after": positions[0]}) as frames:
        assert frames.event()[0] == positions[1]


def test_a_viewer_follows_too(client_of: ClientOf) -> None:
    viewer = client_of(Role.VIEWER)
    with _stream(viewer) as frames:
        assert frames.event()[1]["actor"] == "test"


def test_silence_is_broken_by_comments(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.feed.HEARTBEAT", 0.02)
    with _stream(http, {"after": log_end(http)}) as frames:
        assert frames.comment() == ": the log follows\nretry: 1000"
        assert [frames.comment() for _ in range(3)] == [": still here"] * 3


def test_a_token_that_is_revoked_hears_nothing_more(http: httpx.Client, client_of: ClientOf) -> None:
    viewer = client_of(Role.VIEWER)
    tokens = {token["role"]: token["id"] for token in items(http, "/v1/tokens")}
    with _stream(viewer, {"after": log_end(http)}) as frames:
        frames.comment()
        delete(http, f"/v1/tokens/{tokens['viewer']}")
        add_provider(http, "One", api_key=None)
        assert frames.rest() == []


def test_a_revoked_token_of_somebody_else_ends_no_stream(http: httpx.Client, client_of: ClientOf) -> None:
    client_of(Role.VIEWER)
    tokens = {token["role"]: token["id"] for token in items(http, "/v1/tokens")}
    with _stream(http, {"after": log_end(http)}) as frames:
        frames.comment()
        delete(http, f"/v1/tokens/{tokens['viewer']}")
        assert frames.event()[1]["type"] == "access.token_revoked.v1"


def test_an_event_that_a_newer_version_wrote_is_told_as_it_is_stored() -> None:
    entry = LogEntry(
        originator_id=STREAM_OF_ROBOT,
        originator_version=1,
        topic="robot.built.v9",
        state=b'{"legs":2}',
        occurred_at=NOON,
        meta=META,
        position=7,
    )
    event = json.loads(event_body(entry))
    assert (event["type"], event["subject_type"], event["data"]) == ("robot.built.v9", "robot", {"legs": 2})


def test_a_stream_ends_when_the_database_does_not_answer_and_its_client_comes_back(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable("nobody there")

    with monkeypatch.context() as broken:
        broken.setattr("adapters.postgres.tail.Tail.after", unavailable)
        with _stream(http) as frames:
            assert frames.rest() == [": the log follows\nretry: 1000"]
    with _stream(http) as frames:
        assert frames.event()[1]["type"] == "access.token_issued.v1"


def test_a_stop_ends_streams_at_once(conninfo: str, tmp_path: Path) -> None:
    ended = threading.Event()

    def follow(url: str, token: str, there: threading.Event) -> None:
        with (
            httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as http,
            _stream(http) as frames,
        ):
            frames.event()
            there.set()
            frames.rest()
        ended.set()

    there = threading.Event()
    with KeyrollInAThread(conninfo, tmp_path) as keyroll:
        follower = threading.Thread(target=follow, args=(keyroll.url, keyroll.admin, there))
        follower.start()
        assert there.wait(30)
    # The block has ended, so the server has: it waits for open answers as long as they take.
    follower.join()
    assert ended.is_set()


def test_a_reader_who_never_reads_holds_up_nobody(http: httpx.Client) -> None:
    with _stream(http), _stream(http) as frames:
        frames.event()
        for _ in range(3):
            name = uuid4().hex
            add_provider(http, name, api_key=None)
            assert frames.event()[1]["data"]["name"] == name
