"""Around every request: its id, its log line, and nothing of its content."""

import logging
import re
import time
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.ids import uuid7_text

log = logging.getLogger("keyroll.http")

HEADER: Final = b"x-request-id"
_ACCEPTED = re.compile(rb"[A-Za-z0-9._\-]{1,64}")


class RequestLog:
    """Gives each request an id, its client's or a new one, and logs one line when it has ended.

    A line holds the method, the path, the status and the duration. What people type into queries, headers,
    bodies and paths that lead nowhere is not for logs; of a path that leads somewhere, ids are shown, and
    names are not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            log_request(scope["method"], _path(scope), status, time.perf_counter() - started, request_id)
            if "failure" in state:
                log_failure(request_id, state["failure"])


def request_id_of(scope: Scope) -> str:
    """The id that the client gave its request, or a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and _ACCEPTED.fullmatch(value):
            return value.decode()
    return uuid7_text()


def log_request(method: str, path: str, status: int, seconds: float, request_id: str) -> None:
    """One line for a request that has ended."""
    log.info("%s %s %s %.1f ms request_id=%s", method, path, status, seconds * 1000, request_id)


def log_failure(request_id: str, failure: BaseException) -> None:
    """What went wrong inside, for those who run Keyroll."""
    log.error("request_id=%s failed inside", request_id, exc_info=failure)


def _path(scope: Scope) -> str:
    template: str = scope.get("path_template", "(no route)")
    typed = "{name}" in template or "path_template" not in scope  # free text, in which anything may stand
    return template if typed else scope["path"]
