"""The routes of calls: bare ASGI in front of the framework, because each call passes here."""

from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Method, Receive, Scope, Send

from api.calls.asked import CallerGone, asked, read_body
from api.calls.call_parts import CallParts
from api.calls.callers import caller_of
from api.calls.one_call import OneCall
from api.calls.refusals import CallRefused
from api.calls.served_models import MODELS_PATH, ServedModels
from api.calls.speaking import SPOKEN
from api.calls.spoken import Spoken
from api.calls.watching import CallerLeft
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
        scope["path_template"] = path
        try:
            if spoken is None:
                await self._list(scope, send)
            else:
                await self._call(spoken, scope, receive, send)
        except CallRefused as refused:
            await _refuse(send, refused)
        except (CallerLeft, CallerGone):
            return
        except Exception as error:  # noqa: BLE001  # told to the log, under the request's id
            scope["state"]["failure"] = error
            await _refuse(send, _INTERNAL)

    async def _call(self, spoken: Spoken, scope: Scope, receive: Receive, send: Send) -> None:
        _require(scope, "POST")
        bearer = await caller_of(scope, self._parts, _CALLING)
        with self._parts.capacity.one():
            header = next((value for name, value in scope["headers"] if name == _TIMEOUT_HEADER), None)
            wanted = asked(await read_body(scope, receive), header)
            await OneCall(self._parts, spoken, bearer, wanted).serve(receive, send)

    async def _list(self, scope: Scope, send: Send) -> None:
        _require(scope, "GET")
        bearer = await caller_of(scope, self._parts, _LISTING)
        body = self._models.of(bearer.organization)
        position = b"%d" % self._parts.view.position
        headers = [(b"content-type", b"application/json"), (b"keyroll-position", position)]
        await _answer(send, 200, headers, body)


def _require(scope: Scope, method: Method) -> None:
    if scope.get("method") != method:
        raise CallRefused(405, "method_not_allowed", f"This path takes {method}.", headers={"Allow": method})


async def _refuse(send: Send, refused: CallRefused) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in refused.headers.items()]
    await _answer(send, refused.status, [(b"content-type", b"application/json"), *headers], refused.body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    all_headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
