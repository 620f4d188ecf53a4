"""Each hostile answer ends in a typed failure within bounds, and the next request works."""

import asyncio
import gzip
import itertools
import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from adapters.outbound.answer import JsonAnswer, Limits
from adapters.outbound.client import Outbound
from adapters.outbound.document import decode_json
from adapters.outbound.failure import OutboundError, OutboundFailure
from domain.secret import Secret
from tests.support.vendor_servers import OpenAIServer

KEY = "sk-canary-0123456789"
CAP = 100_000
LIMITS = Limits(connect=5.0, read=1.0, body=CAP, values=25_000)
MIB = 1024 * 1024


def ask(vendor: OpenAIServer, *, deadline: float = 5.0, path: str = "/models") -> JsonAnswer:
    async def no_sleep(_: float) -> None:
        pass

    async def run() -> JsonAnswer:
        outbound = Outbound(trusted_origins=[vendor.base_url], limits=LIMITS, sleep=no_sleep)
        try:
            headers = {"authorization": Secret(f"Bearer {KEY}")}
            return await outbound.get_json(vendor.base_url + path, headers=headers, deadline=deadline)
        finally:
            await outbound.aclose()

    return asyncio.run(run())


def failure_of(vendor: OpenAIServer, *, deadline: float = 5.0) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        ask(vendor, deadline=deadline)
    assert KEY not in f"{caught.value!s}{caught.value!r}"
    return caught.value


def endless() -> Iterator[bytes]:
    return itertools.repeat(b"[" + b" " * 10_000)


def dripping(closed: threading.Event) -> Iterator[bytes]:
    while not closed.wait(0.05):
        yield b"["


def gzip_bomb() -> bytes:
    return gzip.compress(b"[" + b" " * 50 * MIB + b"]")


JSON = {"content-type": "application/json"}
GZIP = {**JSON, "content-encoding": "gzip"}
DEFLATE = {**JSON, "content-encoding": "deflate"}
NESTED = b"[" * 10_000 + b"]" * 10_000

Misbehave = Callable[[OpenAIServer], None]
MALFORMED: dict[str, tuple[str, Misbehave]] = {
    "endless body": ("larger than 100,000", lambda vendor: vendor.send_next(more=endless())),
    "gzip bomb": ("larger than 100,000", lambda vendor: vendor.send_next(gzip_bomb(), headers=GZIP)),
    "short gzip": ("too early", lambda vendor: vendor.send_next(gzip.compress(b"[]")[:-9], headers=GZIP)),
    "no gzip": ("broken", lambda vendor: vendor.send_next(b"[]", headers=GZIP)),
    "another encoding": ("not offered", lambda vendor: vendor.send_next(b"[]", headers=DEFLATE)),
    "depth 10,000": ("nested too deep", lambda vendor: vendor.send_next(NESTED)),
    "wrong UTF-8": ("not UTF-8", lambda vendor: vendor.send_next(b'{"data": ["\xff\xfe"]}')),
    "a lone surrogate": ("not JSON", lambda vendor: vendor.send_next(b'["\\ud800"]')),
    "a page": ("not JSON", lambda vendor: vendor.send_next(b"<html>")),
    "nothing": ("not JSON", lambda vendor: vendor.send_next(b"")),
    "half a document": ("not JSON", lambda vendor: vendor.send_next(b'{"data": [')),
    "NaN": ("not JSON", lambda vendor: vendor.send_next(b"[NaN]")),
    "an endless number": ("not JSON", lambda vendor: vendor.send_next(b"9" * 50_000)),
    "many values": (
        "more than 25,000 values",
        lambda vendor: vendor.send_next(b"[" + b"0," * 25_000 + b"0]"),
    ),
    "another type": (
        "content type",
        lambda vendor: vendor.send_next(b"[]", headers={"content-type": "text/html"}),
    ),
    "no type and no JSON": ("not JSON", lambda vendor: vendor.send_next(b"ok", headers={"x-a": "b"})),
    "no content": ("not JSON", lambda vendor: vendor.send_next(status=204, headers={"x-a": "b"})),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_an_answer_that_is_no_bounded_json_is_malformed_and_not_tried_again(what: str) -> None:
    words, misbehave = MALFORMED[what]
    with OpenAIServer(KEY, [{"id": "gpt-4o"}]) as vendor:
        misbehave(vendor)
        error = failure_of(vendor)
        assert error.failure is OutboundFailure.MALFORMED
        assert words in error.message
        assert len(vendor.requests) == 1
        assert ask(vendor).status == 200, "the next request works"


def test_json_without_a_type_is_read() -> None:
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(b"[]", headers={"x-a": "b"})
        assert ask(vendor).body == []


def test_a_gzip_bomb_is_never_inflated_beyond_the_cap() -> None:
    bomb = gzip_bomb()
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(bomb, headers=GZIP)
        tracemalloc.start()
        try:
            failure_of(vendor)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 20 * MIB, "inflated, the bomb holds 50 MiB"


def test_an_honest_gzip_answer_is_read() -> None:
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(gzip.compress(b'{"data": []}'), headers=GZIP)
        assert ask(vendor).body == {"data": []}


def test_a_body_as_large_as_the_cap_is_read() -> None:
    with OpenAIServer(KEY) as vendor:
        body = json.dumps("x" * (CAP - 2)).encode()
        vendor.send_next(body)
        assert ask(vendor).body == "x" * (CAP - 2)
        vendor.send_next(body + b" ")
        assert "larger than 100,000 bytes" in failure_of(vendor).message


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/problem+json"])
def test_json_by_any_of_its_names_is_read(content_type: str) -> None:
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(b"[]", headers={"content-type": content_type})
        assert ask(vendor).body == []


def test_one_byte_at_a_time_ends_at_the_deadline() -> None:
    with OpenAIServer(KEY) as vendor:
        closed = threading.Event()
        vendor.send_next(more=dripping(closed))
        assert failure_of(vendor, deadline=0.5).failure is OutboundFailure.TIMEOUT
        closed.set()
        assert ask(vendor).status == 200


def test_a_vendor_that_says_nothing_is_a_timeout() -> None:
    with OpenAIServer(KEY) as vendor:
        for _ in range(3):
            vendor.hang_next()
        assert failure_of(vendor).failure is OutboundFailure.TIMEOUT
        assert len(vendor.requests) == 3


def test_a_connection_that_breaks_is_unreachable() -> None:
    with OpenAIServer(KEY) as vendor:
        for _ in range(3):
            vendor.truncate_next()
        error = failure_of(vendor)
    assert (error.failure, error.message) == (
        OutboundFailure.UNREACHABLE,
        "the connection broke before the answer was whole",
    )


@pytest.mark.parametrize("status", range(300, 309))
def test_a_redirect_is_never_followed(status: int) -> None:
    with OpenAIServer(KEY) as elsewhere, OpenAIServer(KEY) as vendor:
        vendor.send_next(status=status, headers={"location": elsewhere.base_url + "/models"})
        error = failure_of(vendor)
        assert (error.failure, error.status) == (OutboundFailure.MALFORMED, status)
        assert elsewhere.requests == []
        assert ask(elsewhere).status == 200, "the control: it would have answered"


def test_no_cookie_is_kept() -> None:
    with OpenAIServer(KEY) as vendor:

        async def twice() -> None:
            outbound = Outbound(trusted_origins=[vendor.base_url])
            for _ in range(2):
                await outbound.get_json(vendor.base_url + "/models", headers={}, deadline=5.0)
            await outbound.aclose()

        for _ in range(2):
            vendor.send_next(b"[]", headers={**JSON, "set-cookie": "session=1; Path=/"})
        asyncio.run(twice())
        assert [request.headers.get("cookie") for request in vendor.requests] == [None, None]


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(KEY) as proxy, OpenAIServer(KEY) as vendor:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        assert ask(vendor).status == 200
        assert (len(proxy.requests), len(vendor.requests)) == (0, 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"error": {"message": f"Incorrect API key provided: {KEY}."}},
            "Incorrect API key provided: [redacted]",
        ),
        ({"error": {"message": ""}}, "HTTP 400 without a word of explanation"),
        ({"error": {"message": "x" * 70_000}}, "HTTP 400 without a word of explanation"),
    ],
)
def test_a_vendors_words_are_quoted_without_the_key(body: object, words: str) -> None:
    with OpenAIServer(KEY) as vendor:
        vendor.fail_next(400, body)
        error = failure_of(vendor)
    assert error.status == 400
    assert words in str(error)


def test_an_error_page_keeps_its_status() -> None:
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(b"<html>Bad gateway</html>", status=418, headers={"content-type": "text/html"})
        error = failure_of(vendor)
    assert (error.failure, error.status) == (OutboundFailure.STATUS, 418)


def test_a_million_models_are_refused_before_they_are_decoded() -> None:
    row = b'{"id": "m", "object": "model"},'
    assert decode_json(b"[" + row * 200_000 + b"{}]"), "the control: as many as a listing may hold"
    with pytest.raises(OutboundError, match="more than 1,500,000 values"):
        decode_json(b"[" + row * 1_000_000 + b"{}]")
