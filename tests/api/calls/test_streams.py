"""Streams: callers who leave, callers who are slow, vendors that cut, and calls whose time is over."""

import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.call_vendors import CallVendor, Said, said_events
from tests.support.chat_shapes import DONE, answer_chat, chunk
from tests.support.embedded_postgres import wait_until
from tests.support.four_vendors import OneVendor
from tests.support.keyroll_in_a_thread import KeyrollInAThread

_PATH = "/v1/chat/completions"
_ASKED = {"model": "m1", "messages": [{"role": "user", "content": "Hello"}]}
_STREAMED = _ASKED | {"stream": True}


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("streamed", [True, False])
def test_a_caller_who_leaves_ends_the_vendors_work(
    caller: httpx.Client, vendor: CallVendor, released: threading.Event, *, streamed: bool
) -> None:
    vendor.say(said_events(released))
    with pytest.raises(httpx.ReadTimeout):
        caller.post(_PATH, json=_ASKED | {"stream": streamed}, timeout=0.5)
    wait_until(lambda: vendor.gone == 1)
    assert vendor.open == 0


@pytest.mark.usefixtures("provider")
def test_a_caller_who_leaves_in_mid_stream_ends_the_vendors_work(
    caller: httpx.Client, vendor: CallVendor, released: threading.Event
) -> None:
    vendor.say(said_events(chunk({"content": "a"}), released))
    with caller.stream("POST", _PATH, json=_STREAMED) as answer:
        next(answer.iter_raw())
        assert vendor.open == 1
    wait_until(lambda: vendor.gone == 1)


@pytest.mark.usefixtures("provider")
def test_a_call_whose_time_is_over_is_an_error_and_cancels_the_vendors_work(
    caller: httpx.Client, vendor: CallVendor, released: threading.Event
) -> None:
    vendor.say(said_events(released), said_events(chunk({"content": "a"}), released))
    answer = caller.post(_PATH, json=_ASKED | {"timeout": 0.2})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    told = caller.post(_PATH, json=_STREAMED | {"timeout": 0.2}).text
    assert told.startswith(chunk({"content": "a"}).decode())
    assert told.count("data: ") == 2
    assert '"code":"timeout"' in told
    wait_until(lambda: vendor.gone == 2)


@pytest.mark.usefixtures("provider")
def test_a_call_that_was_served_leaves_a_connection_for_the_next(
    caller: httpx.Client, vendor: CallVendor
) -> None:
    before = vendor.connections
    for streamed in (True, False) * 5:
        assert caller.post(_PATH, json=_ASKED | {"stream": streamed}).status_code == 200
    assert vendor.connections <= before + 2


@pytest.mark.usefixtures("provider")
def test_a_slow_reader_holds_up_nobody_and_is_held_up_itself(
    caller: httpx.Client, vendor: CallVendor, keyroll: KeyrollInAThread
) -> None:
    piece = chunk({"content": "x" * 50_000})
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2_000):
            sent += len(piece)
            yield piece
        yield DONE

    vendor.say(Said(flood(), headers={"content-type": "text/event-stream"}))
    with _open_and_read_nothing(keyroll.url, caller, vendor):
        wait_until(lambda: sent > 100_000)
        for _ in range(20):
            assert caller.post(_PATH, json=_STREAMED).content.endswith(DONE)
        # What the buffers of the sockets and of both servers hold is not what the vendor could have sent.
        assert sent < 50_000_000
    wait_until(lambda: vendor.gone == 1)


@pytest.mark.parametrize("path", [_PATH, "/v1/responses"])
def test_a_stream_that_the_vendor_cuts_anywhere_has_one_end_or_one_error(
    caller: httpx.Client, vendor: CallVendor, one: OneVendor, path: str
) -> None:
    said, mark = ("messages", "data: [DONE]") if path == _PATH else ("input", "event: response.completed")
    asked = {"model": "m1", said: [{"role": "user", "content": "Hi"}], "stream": True}
    stream = one.table.answers["parallel tools"].stream
    ends = []
    for at in range(0, len(stream) + 1, max(1, len(stream) // 14)):
        cut = Said([stream[:at]], headers={"content-type": "text/event-stream"}, cut=True)
        vendor.say(cut, cut, cut)
        ends.append(_one_end(caller.post(path, json=asked), mark))
        vendor.behave(answer_chat)
    assert ends[0] == "refused"
    assert "error" in ends


def _one_end(answer: httpx.Response, mark: str) -> str:
    """How it ended, sure that it did so once."""
    if answer.status_code != 200:
        assert answer.json()["error"]["code"] in {"cut_off", "unreachable"}
        return "refused"
    assert answer.text.endswith("\n\n")
    errors = answer.text.count("broke off before its end")
    ends = answer.text.count(mark)
    assert errors + ends == 1, answer.text
    return "error" if errors else "end"


class _open_and_read_nothing:  # noqa: N801  # reads as the deed that it is
    """A caller that asks for a stream and never reads."""

    def __init__(self, url: str, caller: httpx.Client, vendor: CallVendor) -> None:
        request = caller.build_request("POST", _PATH, json=_STREAMED)
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        self._bytes = f"POST {_PATH} HTTP/1.1\r\n{lines}\r\n".encode() + request.content
        self._address = (urlsplit(url).hostname, urlsplit(url).port)
        self._vendor = vendor

    def __enter__(self) -> None:
        before = self._vendor.open
        self._socket = socket.create_connection(self._address)
        self._socket.sendall(self._bytes)
        wait_until(lambda: self._vendor.open > before)

    def __exit__(self, *_: object) -> None:
        self._socket.close()
