"""A receiver of webhooks on 127.0.0.1 that checks what it is sent, and answers as tests want."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, bytes]


@dataclass(frozen=True)
class Message:
    """What came: its id, its path, the headers with lower-case names, and the body as bytes and decoded."""

    id: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


class HookReceiver:
    """Receives for the time of a block.

    Attributes:
        messages: all that came, in the order of coming, whatever it was answered.
        answer: decides on a message; by default it is taken.
        headers: what each answer bears besides.
    """

    def __init__(self, answer: Callable[[Message], Answer] = lambda _: (204, b"")) -> None:
        self.answer = answer
        self.headers: dict[str, str] = {}
        self.messages: list[Message] = []
        self._server = _QuietServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def url(self, path: str = "/hook") -> str:
        """Where it receives."""
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def at(self, path: str) -> list[Message]:
        """What came to a path."""
        return [message for message in self.messages if message.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def is_signed(message: Message, secret: str) -> bool:
    """Whether one of its signatures is right: worked out from the specification, by no code of Keyroll's."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = (
        f"{message.headers['webhook-id']}.{message.headers['webhook-timestamp']}.".encode() + message.body
    )
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in message.headers["webhook-signature"].split(" ")


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the sender went away, which tests make it do."""


def _handler_for(receiver: HookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Message(headers["webhook-id"], self.path, headers, body)
            receiver.messages.append(message)
            status, words = receiver.answer(message)
            self.send_response_only(status)
            self.send_header("content-length", str(len(words)))
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if status // 100 == 3:
                self.send_header("location", receiver.url("/elsewhere"))
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is the library's
            pass

    return Handler
