"""Keys and prompts are planted in calls, and looked for wherever calls leave a trace."""

import base64
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import httpx
import pytest

from tests.support.call_vendors import CallVendor, Heard, Said, said_events, said_json
from tests.support.canaries import Canaries, Place
from tests.support.canary_places import Answers, command_lines, dump_of, files_below
from tests.support.chat_shapes import answer_chat, chunk
from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_process import KeyrollProcess
from tests.support.service import as_service
from tests.support.steps import add_model, add_provider, done

_TYPES: Final = ("openai", "openai_completions", "anthropic", "gemini")
_PATHS: Final = ("/v1/chat/completions", "/v1/responses")
_KEY_HEADERS: Final = ("authorization", "x-api-key", "x-goog-api-key")

_SPANS_INTO_A_FILE: Final = """
    import os
    from opentelemetry import trace

    class Span(trace.NonRecordingSpan):
        def set_status(self, status, description=None):
            write(f"{status} {description}")

    class Provider(trace.NoOpTracerProvider, trace.NoOpTracer):
        def get_tracer(self, *_, **__):
            return self

        def start_span(self, name, **told):
            write(f"{name} {told}")
            return Span(trace.INVALID_SPAN_CONTEXT)

    def write(line):
        with open(os.environ["SPANS"], "a") as file:
            print(line, file=file)

    trace.set_tracer_provider(Provider())
"""


@pytest.fixture
def keys() -> Canaries:
    return Canaries()


@pytest.fixture
def words() -> Canaries:
    """What callers say, and what is not to be kept."""
    return Canaries()


@pytest.fixture
def vendor() -> Iterator[CallVendor]:
    with CallVendor(answer_chat) as made:
        yield made


@pytest.fixture
def operators(keys: Canaries) -> str:
    """The token that shows all metrics."""
    return keys.word()


@pytest.fixture
def keyroll(conninfo: str, tmp_path: Path, operators: str) -> Iterator[KeyrollProcess]:
    """A process that logs all it can, and whose spans go into a file."""
    (tmp_path / "sitecustomize.py").write_text(dedent(_SPANS_INTO_A_FILE))
    settings = {
        "KEYROLL_DATABASE_URL": as_service(conninfo),
        "KEYROLL_ENV": "development",
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8",
        "KEYROLL_METRICS_TOKEN": operators,
        "PYTHONPATH": str(tmp_path),
        "SPANS": str(tmp_path / "spans"),
    }
    with KeyrollProcess(tmp_path / "data", settings, loud=True) as running:
        yield running


def _quoting(status: int, heard: Heard) -> Said:
    """A refusal that quotes key and prompt, as vendors, proxies and debug pages do."""
    key = next(heard.headers[name] for name in _KEY_HEADERS if name in heard.headers)
    bare = key.removeprefix("Bearer ")
    encoded = base64.b64encode(bare.encode()).decode()
    message = f"Incorrect API key {bare}: {key!r}, {encoded}, {bare.encode().hex()}"
    error = {"error": {"message": message, "type": bare, "code": bare, "status": bare}}
    return said_json({**error, "request": heard.json}, status, **{"x-key": key})


def _breaking_off(begun: threading.Event, heard: Heard) -> Said:
    """A stream that ends, once it has begun, in an error which quotes the key."""
    threading.Timer(0.2, begun.set).start()
    key = heard.headers["authorization"]
    event = {"error": {"message": f"Lost {key}", "code": key, "type": key}}
    return said_events(chunk({"content": "a"}), begun, b"data: " + json.dumps(event).encode() + b"\n\n")


def _asked(path: str, model: str, text: str, **fields: Any) -> dict[str, Any]:
    said = {"input": text} if path == "/v1/responses" else {"messages": [{"role": "user", "content": text}]}
    return {"model": model, **said, **fields}


def _call_in_all_ways(http: httpx.Client, vendor: CallVendor, keys: Canaries, words: Canaries) -> int:
    """Calls that succeed, fail, break off and are refused. Returns how many went to a model."""
    routed = 0
    for kind in _TYPES:
        made = add_provider(
            http, f"My {kind}", provider_type=kind, api_key=keys.key(), base_url=vendor.base_url
        )
        add_model(http, made, f"model-of-{kind}")
        for path in _PATHS:
            for status in (401, 400, 500):
                vendor.behave(partial(_quoting, status))
                asked = _asked(path, f"model-of-{kind}", words.word(), stream=status == 500, timeout=1)
                assert http.post(path, json=asked).is_error
                routed += 1
    vendor.behave(answer_chat)
    for path in _PATHS:
        for stream in (False, True):
            asked = _asked(path, "model-of-openai_completions", words.word(), stream=stream)
            http.post(path, json=asked).raise_for_status()
        vendor.say(Said([b"no JSON at all ", words.word().encode()]))
        assert http.post(path, json=_asked(path, "model-of-openai_completions", words.word())).is_error
        vendor.behave(partial(_breaking_off, threading.Event()))
        asked = _asked(path, "model-of-openai_completions", words.word(), stream=True)
        http.post(path, json=asked).raise_for_status()
        vendor.behave(answer_chat)
        for odd in (words.word(), f'{{"model": "{words.word()}"', f'["{words.word()}"]'):
            assert http.post(path, content=odd, headers={"Content-Type": "application/json"}).is_error
        assert http.post(path, json=_asked(path, words.word(), words.word())).status_code == 404
        with_key = {"Authorization": f"Bearer {keys.key()}"}
        assert http.post(path, json=_asked(path, "m", words.word()), headers=with_key).status_code == 401
    return routed + 2 * 4


def _read_what_calls_leave(http: httpx.Client, operator: httpx.Client) -> None:
    for client in (http, operator):
        client.get("/metrics").raise_for_status()
    for path in (
        "/v1/usage",
        "/v1/usage?group_by=day,provider,model,token",
        "/v1/audit-events",
        "/v1/events",
    ):
        http.get(path).raise_for_status()


def test_neither_keys_nor_prompts_are_in_what_calls_leave_behind(
    tmp_path: Path,
    conninfo: str,
    keyroll: KeyrollProcess,
    operators: str,
    vendor: CallVendor,
    keys: Canaries,
    words: Canaries,
) -> None:
    answered, told = Answers(), Answers()
    answered.keep_those_to(keyroll.http)
    calls = _call_in_all_ways(keyroll.http, vendor, keys, words)
    wait_until(lambda: done(keyroll.http.get("/v1/usage"))["data"][0]["calls"] == calls)
    with keyroll.client(operators) as operator:
        told.keep_those_to(keyroll.http)
        told.keep_those_to(operator)
        _read_what_calls_leave(keyroll.http, operator)
    assert keyroll.stop() == 0
    left = [*told.places, *dump_of(conninfo), *command_lines(), *files_below(tmp_path)]
    assert keys.found_in([*left, *answered.places]) == []
    assert words.found_in(left) == []
    _both_could_have_been_found(left, answered, words)


def _both_could_have_been_found(left: list[Place], answered: Answers, words: Canaries) -> None:
    assert words.found_in(answered.places) != []  # the vendor repeats what it is told
    assert any(b"[redacted]" in place.content for place in answered.places)  # it has quoted the key
    whole = {place.name: place.content for place in left}
    spans, log = whole["the file spans"], whole["the file data.log"]
    assert spans.count(b"gen_ai.request.model") == spans.count(b"chat model-of-")
    assert b"error.type" in spans
    assert b"error=key_rejected" in log
    assert b"error=model_not_found" in log
    assert b"usage_by_day" in whole["the dump"]
    assert b"model-of-gemini" in whole["the dump"]
    answers = [place.content for place in left if place.name.startswith("answer")]
    assert sum(b"keyroll_call_errors_total" in content for content in answers) == 2
    assert any(b'"cached_input_tokens"' in content for content in answers)
