"""Who asks: bearer tokens (RFC 6750) and what their roles allow."""

from typing import Any

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.postgres.recognizer import Recognizer
from adapters.vault.fingerprint import Fingerprints
from api.commands.caller import Caller
from api.http.problems import HTTPProblem
from api.http.problems_list import FORBIDDEN, UNAUTHENTICATED
from domain.access import Role
from domain.secret import Secret

_READING = ("GET",)


class Authentication:
    """Middleware that recognizes the token of a request, or refuses it with 401."""

    def __init__(self, app: ASGIApp, recognizer: Recognizer, fingerprints: Fingerprints) -> None:
        self._app = app
        self._recognizer = recognizer
        self._fingerprints = fingerprints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"] = await self._caller(scope)
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        verifier = self._fingerprints.of_token(bearer_token(scope))
        bearer = await self._recognizer.recognize(verifier)
        if bearer is None:
            raise _refusal("The token is not known, or was revoked.", error="invalid_token")
        scope["state"]["verifier"] = (
            verifier  # for an answer that goes on: its token may be revoked meanwhile
        )
        client = scope["client"]
        return Caller(
            organization=bearer.organization,
            actor=bearer.name,
            role=Role(bearer.role),
            request_id=scope["state"]["request_id"],
            address=client[0] if client else None,
        )


def allow_by_role(request: Request[Caller, Any, Any]) -> None:
    """An admin may do all, a viewer read, and a caller of models nothing here.

    Raises:
        HTTPProblem: 403.
    """
    role, method = request.user.role, request.method
    if role is Role.ADMIN or (role is Role.VIEWER and method in _READING):
        return
    able = "an admin's or a viewer's" if method in _READING else "an admin's"
    raise HTTPProblem(FORBIDDEN, f"A token with the role {role.value!r} may not do this; {able} may.")


def bearer_token(scope: Scope) -> Secret:
    """The token that a request brings. Raises HTTPProblem: 401, there is none."""
    header = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    if header is None:
        raise _refusal("Send the header Authorization: Bearer <token>.")
    scheme, _, token = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _refusal("The header must be Authorization: Bearer <token>.", error="invalid_request")
    return Secret(token.strip())


def _refusal(detail: str, error: str | None = None) -> HTTPProblem:
    challenge = 'Bearer realm="keyroll"' + (f', error="{error}"' if error else "")
    return HTTPProblem(UNAUTHENTICATED, detail, {"WWW-Authenticate": challenge})
