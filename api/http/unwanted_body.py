"""A body for a route that takes none is refused, so that nobody believes that it was heeded."""

from litestar.handlers import BaseRouteHandler
from litestar.types import Receive, Scope

from api.http.json_request import JsonRequest, is_empty
from api.http.problems import HTTPProblem
from api.http.query_check import known_parameters


async def refuse_unwanted_body(scope: Scope, receive: Receive, handler: BaseRouteHandler) -> None:
    """Raise HTTPProblem 400 for a body that says something, if the route takes none; ``{}`` says nothing."""
    if "data" in handler.parsed_fn_signature.parameters or not _has_body(scope):
        return
    if is_empty(await JsonRequest(scope, receive).body()):
        return
    known = sorted(known_parameters(handler))
    advice = f"what it can be told stands in the query: {', '.join(known)}" if known else "leave it out"
    raise HTTPProblem.malformed(f"This request takes no body: {advice}.")


def _has_body(scope: Scope) -> bool:
    """Whether a body is announced (RFC 9112, section 6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )
