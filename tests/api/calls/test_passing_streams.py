"""Streams that pass through: cut anywhere they are the same, and broken off anywhere they end once."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.drivers.calls.failures import CUT_OFF
from api.calls.passing_stream import PassingChat, PassingResponses, PassingStream
from domain.call import Usage
from domain.secret import Secret
from tests.adapters.drivers.calls import responses_wire as responses
from tests.support.chat_shapes import DONE, chat_stream, chunk

WORDS = "Grüße, 世界 👋🏽"
CHAT = b"".join([b": hello\r\n\r\n", *chat_stream(*WORDS)])
RESPONSES = responses.stream(responses.message(responses.said(WORDS)), pieces=4)
STREAMS = {"chat": CHAT, "responses": RESPONSES}
every_protocol = pytest.mark.parametrize("protocol", STREAMS)


def _reader(protocol: str) -> PassingStream:
    secrets = [Secret("sk-planted-0123456789")]
    return PassingChat(secrets, hide_usage=False) if protocol == "chat" else PassingResponses(secrets)


def _read(stream: PassingStream, *pieces: bytes) -> bytes:
    return b"".join(stream.feed(piece) for piece in pieces) + stream.end()


def _whole(protocol: str) -> bytes:
    return CHAT if protocol == "chat" else RESPONSES + DONE


@every_protocol
def test_a_stream_cut_in_two_at_any_byte_is_the_vendors_own(protocol: str) -> None:
    stream = STREAMS[protocol]
    for at in range(len(stream) + 1):
        reader = _reader(protocol)
        assert _read(reader, stream[:at], stream[at:]) == _whole(protocol), at
        assert reader.usage.input == 9
        assert reader.broke is None


@every_protocol
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_stream_in_any_pieces_is_the_vendors_own(protocol: str, data: st.DataObject) -> None:
    stream = STREAMS[protocol]
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=40).map(sorted))
    pieces = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    assert _read(_reader(protocol), *pieces) == _whole(protocol)


@every_protocol
def test_a_stream_that_stops_at_any_byte_ends_once_after_whole_events(protocol: str) -> None:
    stream = STREAMS[protocol]
    ends = set()
    for at in range(len(stream) + 1):
        reader = _reader(protocol)
        told = _read(reader, stream[:at])
        assert reader.over
        assert (_read(reader, stream[at:]), reader.break_off(CUT_OFF)) == (b"", b"")
        whole, _, last = told.removesuffix(DONE).removesuffix(b"\n\n").rpartition(b"\n\n")
        assert stream.startswith(whole), at
        ends.add(_end(last, broken=reader.broke is not None))
        assert told.count(b"broke off") == (reader.broke is not None), at
    assert ends == {"an end", "an error"}


def _end(event: bytes, *, broken: bool) -> str:
    document: Any = json.loads(event.rpartition(b"data: ")[2])
    is_error = "error" in document or document.get("type") == "error"
    assert is_error is broken
    return "an error" if is_error else "an end"


@every_protocol
def test_what_comes_after_the_end_is_left_out(protocol: str) -> None:
    reader = _reader(protocol)
    whole = _read(reader, STREAMS[protocol])
    assert (reader.feed(chunk({"content": "more"})), reader.feed(DONE), reader.end()) == (b"", b"", b"")
    assert whole == _whole(protocol)


@pytest.mark.parametrize("done", [b"", DONE])
def test_a_stream_of_responses_ends_in_done_whether_the_vendor_says_it_or_not(done: bytes) -> None:
    for end in ("completed", "incomplete", "failed"):
        stream = responses.stream(end=responses.response(end))
        told = _read(_reader("responses"), stream + done)
        assert told.endswith(b"\n\n" + DONE)
        assert told.count(DONE) == 1


def test_an_error_of_responses_goes_on_scrubbed_and_numbered_after_what_came() -> None:
    key = "sk-planted-0123456789"
    failed = responses.response("failed", error={"code": "server_error", "message": f"the key {key} is bad"})
    told = _read(_reader("responses"), responses.stream(end=failed))
    assert key.encode() not in told
    assert b"the key [redacted] is bad" in told
    reader = _reader("responses")
    reader.feed(b'data: {"type":"response.in_progress","sequence_number":41}\n\n')
    cut = reader.break_off(CUT_OFF)
    assert b'"sequence_number":42' in cut
    assert cut.startswith(b"event: error\n")
    assert b'"sequence_number":0' in _reader("responses").break_off(CUT_OFF)


def test_an_event_that_only_speaks_of_errors_is_no_error() -> None:
    spoken = b'data: {"type":"response.output_text.delta","delta":"an error response.completed"}\n\n'
    reader = _reader("responses")
    assert reader.feed(spoken) == spoken
    assert not reader.over
    words = chunk({"content": '"error" and "usage" and [DONE]'})
    passing = _reader("chat")
    assert passing.feed(words) == words
    assert not passing.over
    assert passing.usage == Usage()


def _event(**fields: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": "x"}, "finish_reason": fields.pop("finish", None)}
    return b"data: " + json.dumps({"choices": [choice]} | fields, separators=(",", ":")).encode() + b"\n\n"


def test_of_events_that_come_together_those_that_tell_something_are_read_and_all_go_on() -> None:
    plain = _event(usage=None, error=None) * 3
    last = _event(finish="stop") + _event(usage={"prompt_tokens": 9, "completion_tokens": 4}) + DONE
    for before in (b"", plain, plain.replace(b":null", b" : null"), plain.replace(b"\n", b"\r\n")):
        for cut in (b"", plain[:7]):
            reader = _reader("chat")
            assert reader.feed(before + last + cut) == before + last
            assert (reader.usage.input, reader.over, reader.broke) == (9, True, None)


def test_what_came_before_the_last_whole_event_goes_on_at_once() -> None:
    for protocol in STREAMS:
        reader = _reader(protocol)
        assert reader.feed(_event() + _event() + b"data: {") == _event() + _event()
        assert reader.feed(b"}\n\n") == b"data: {}\n\n"


@every_protocol
def test_an_event_without_end_is_an_error(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.calls.passing_stream.LARGEST_EVENT", 1_000)
    reader = _reader(protocol)
    told = reader.feed(b"data: " + b"x" * 500)
    told += reader.feed(b"x" * 600)
    assert reader.broke is not None
    assert reader.broke.kind == "malformed"
    assert told
    assert reader.feed(b"x" * 2_000) == b""
