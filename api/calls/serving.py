"""The routes of calls: bare ASGI in front of the framework, because each call passes here."""

import time
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Method, Receive, Scope, Send

from api.calls.answering import Answering
from api.calls.asked import CallerGone, asked, read_body
from api.calls.call_parts import CallParts
from api.calls.callers import caller_of
from api.calls.head import JSON
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
        started = time.perf_counter()
        try:
            if spoken is None:
                await self._list(scope, answering)
            else:
                await self._call(spoken, scope, receive, answering)
        except CallRefused as refused:
            await _refuse(answering, refused)
        except (CallerLeft, CallerGone):
            return
        except Exception as error:  # noqa: BLE001  # told to the log, under the request's id
            log_failure(request_id, error)
            if not answering.status:  # else the answer ends here, and the server cuts the connection
                await _refuse(answering, _INTERNAL)
        finally:
            seconds = time.perf_counter() - started
            log_request(str(scope.get("method")), path, answering.status, seconds, request_id)

    async def _call(self, spoken: Spoken, scope: Scope, receive: Receive, answering: Answering) -> None:
        _require(scope, "POST")
        bearer = await caller_of(scope, self._parts, _CALLING)
        self._parts.capacity.take()
        try:
            header = next((value for name, value in scope["headers"] if name == _TIMEOUT_HEADER), None)
            wanted = asked(await read_body(scope, receive), header)
            await OneCall(self._parts, spoken, bearer, wanted).serve(receive, answering)
        finally:
            self._parts.capacity.give_back()

    async def _list(self, scope: Scope, answering: Answering) -> None:
        _require(scope, "GET")
        bearer = await caller_of(scope, self._parts, _LISTING)
        body = self._models.of(bearer.organization)
        position = b"%d" % self._parts.view.position
        await answering.whole(200, [JSON, (b"keyroll-position", position)], body)


def _require(scope: Scope, method: Method) -> None:
    if scope.get("method") != method:
        raise CallRefused(405, "method_not_allowed", f"This path takes {method}.", headers={"Allow": method})


async def _refuse(answering: Answering, refused: CallRefused) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in refused.headers.items()]
    await answering.whole(refused.status, [JSON, *headers], refused.body)
