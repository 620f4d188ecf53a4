"""The routes of calls: bare ASGI in front of the framework, because each call passes here."""

import time
from collections.abc import Coroutine
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Method, Receive, Scope, Send

from api.calls.answering import Answering
from api.calls.asked import CallerGone, asked, read_body
from api.calls.call_parts import CallParts
from api.calls.callers import caller_of
from api.calls.head import JSON
from api.calls.observed import CALLER_LEFT, STOPPED, CallRecord, tell
from api.calls.one_call import OneCall
from api.calls.refusals import CallRefused
from api.calls.served_models import MODELS_PATH, ServedModels
from api.calls.speaking import SPOKEN
from api.calls.spoken import Spoken
from api.calls.watching import CallerLeft
from api.http.request_log import log_failure, log_request, request_id_of
from domain.access import Role

_CALLING: Final = frozenset({Role.ADMIN, Role.CALLER})
_LISTING: Final = frozenset(Role)
_TIMEOUT_HEADER: Final = b"keyroll-timeout"
_TRACE_HEADER: Final = b"traceparent"
_INTERNAL: Final = CallRefused(
    500, "internal", "Something went wrong inside. The server's log tells more, under the same request id."
)


class Serving:
    """Middleware that serves calls, and hands all else on.

    Args:
        app: what serves all else.
        parts: what calls are served with.
    """

    def __init__(self, app: ASGIApp, parts: CallParts) -> None:
        self._app = app
        self._parts = parts
        self._models = ServedModels(parts.view)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == ScopeType.HTTP else ""
        spoken = SPOKEN.get(path)
        if spoken is None and path != MODELS_PATH:
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        answering = Answering(send, request_id)
        if spoken is None:
            started = time.perf_counter()
            await _to_its_end(self._list(scope, answering), answering, request_id)
            seconds = time.perf_counter() - started
            log_request(str(scope.get("method")), path, answering.status, seconds, request_id)
            return
        called = CallRecord(request_id, spoken.protocol, _header(scope, _TRACE_HEADER), error=STOPPED)
        try:
            call = self._call(spoken, scope, receive, answering, called)
            called.error = await _to_its_end(call, answering, request_id) or called.broke
        finally:
            called.status = answering.status
            called.ended = time.perf_counter()
            tell(self._parts.observers, called)

    async def _call(
        self, spoken: Spoken, scope: Scope, receive: Receive, answering: Answering, called: CallRecord
    ) -> None:
        _require(scope, "POST")
        called.bearer = bearer = await caller_of(scope, self._parts, _CALLING)
        self._parts.capacity.take()
        try:
            wanted = asked(await read_body(scope, receive), _header(scope, _TIMEOUT_HEADER))
            called.stream = wanted.stream
            await OneCall(self._parts, spoken, bearer, wanted, called).serve(receive, answering)
        finally:
            self._parts.capacity.give_back()

    async def _list(self, scope: Scope, answering: Answering) -> None:
        _require(scope, "GET")
        bearer = await caller_of(scope, self._parts, _LISTING)
        body = self._models.of(bearer.organization)
        position = b"%d" % self._parts.view.position
        await answering.whole(200, [JSON, (b"keyroll-position", position)], body)


async def _to_its_end(work: Coroutine[Any, Any, None], answering: Answering, request_id: str) -> str | None:
    """Answer, whatever becomes of it. Returns a word for what went wrong; None: nothing."""
    try:
        await work
    except CallRefused as refused:
        await _refuse(answering, refused)
        return refused.code
    except (CallerLeft, CallerGone):
        return CALLER_LEFT
    except Exception as error:  # noqa: BLE001  # told to the log, under the request's id
        log_failure(request_id, error)
        if not answering.status:  # else the answer ends here, and the server cuts the connection
            await _refuse(answering, _INTERNAL)
        return _INTERNAL.code
    return None


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return value
    return None


def _require(scope: Scope, method: Method) -> None:
    if scope.get("method") != method:
        raise CallRefused(405, "method_not_allowed", f"This path takes {method}.", headers={"Allow": method})


async def _refuse(answering: Answering, refused: CallRefused) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in refused.headers.items()]
    await answering.whole(refused.status, [JSON, *headers], refused.body)
