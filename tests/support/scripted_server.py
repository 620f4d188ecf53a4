"""A real HTTP server on 127.0.0.1 that tests script: it pages, fails, hangs and misbehaves as it is told."""

import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Json = Any
_SECONDS_OF_SILENCE = 5


@dataclass(frozen=True)
class Request:
    """What a client asked: header names are lower-case, ``query`` holds the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What a server answers. ``chunks`` go out one by one; a chunk that is an Event is waited for."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    chunks: Iterable[bytes | threading.Event] = ()


def json_reply(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Reply:
    """A whole JSON answer with its length."""
    data = json.dumps(body).encode()
    told = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
    return Reply(status, told, [data])


class VendorServer:
    """The part that all vendors share.

    Args:
        key: the one key the server accepts.
        models: the rows it lists; may be changed at any time.
        page_size: the most rows of one page, whatever the client asks for.
    """

    path = "/models"
    base_path = ""

    def __init__(self, key: str, models: Sequence[Json] = (), *, page_size: int = 1000) -> None:
        self.key = key
        self.models = list(models)
        self.page_size = page_size
        self.requests: list[Request] = []
        self._replies: deque[Reply] = deque()
        self._closing = threading.Event()
        self._server = _QuietServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def base_url(self) -> str:
        """Where a client finds the API; what BaseUrls takes."""
        return f"http://127.0.0.1:{self._server.server_port}{self.base_path}"

    def fail_next(self, status: int, body: Json = None, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next request with an error, by default in the vendor's own words."""
        shown = self.error_body(status, f"scripted failure {status}") if body is None else body
        self._replies.append(json_reply(status, shown, headers))

    def send_next(
        self,
        *chunks: bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        more: Iterable[bytes] = (),
    ) -> None:
        """Answer the next request with these bytes, then with those of ``more`` for as long as it is read."""

        def all_chunks() -> Iterable[bytes]:
            yield from chunks
            yield from more

        self._replies.append(Reply(status, headers or {"content-type": "application/json"}, all_chunks()))

    def truncate_next(self) -> None:
        """Promise more bytes than come."""
        headers = {"content-type": "application/json", "content-length": "1000"}
        self._replies.append(Reply(200, headers, [b'{"data": [']))

    def hang_next(self) -> threading.Event:
        """Leave the next request without an answer until the Event is set, or the server is closed."""
        released = threading.Event()
        self._replies.append(Reply(chunks=[released]))
        return released

    def behave(self) -> None:
        """Forget what was scripted and not asked for yet."""
        self._replies.clear()

    def answer(self, request: Request) -> Reply:
        """The scripted reply, if there is one; else what the vendor would answer."""
        self.requests.append(request)
        if self._replies:
            return self._replies.popleft()
        if request.path != self.base_path + self.path or request.method != "GET":
            return json_reply(404, self.error_body(404, "not found"))
        return self.list_page(request) if self.accepts(request) else self.rejection()

    def wait(self, released: threading.Event) -> None:
        """Wait for an Event, but not beyond the server's own end."""
        while not released.wait(0.01) and not self._closing.is_set():
            pass

    def accepts(self, request: Request) -> bool:
        """Whether the request brings the right key."""
        raise NotImplementedError

    def rejection(self) -> Reply:
        """The documented answer to a wrong key."""
        raise NotImplementedError

    def list_page(self, request: Request) -> Reply:
        """The documented answer to a good request."""
        raise NotImplementedError

    def error_body(self, status: int, message: str) -> Json:
        """An error in the vendor's shape."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every answer: no test leaves a thread behind
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the client went away, which hostile tests make it do."""


def _handler_for(vendor: VendorServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS_OF_SILENCE

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = vendor.answer(Request(self.command, parts.path, query, headers))
            chunks = iter(reply.chunks)
            first = next(chunks, b"")
            if isinstance(first, threading.Event):
                vendor.wait(first)
                first = b""
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self._send(first)
            for chunk in chunks:
                self._send(chunk)

        def _send(self, chunk: bytes | threading.Event) -> None:
            if isinstance(chunk, threading.Event):
                vendor.wait(chunk)
            else:
                self.wfile.write(chunk)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is the library's
            pass

    return Handler
