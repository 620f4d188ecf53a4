"""A body comes as JSON and says so: a form on a foreign page cannot send that without being asked (CORS)."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from api.http.answers import JSON
from api.http.problems import HTTPProblem
from api.http.problems_list import MEDIA_TYPE


async def refuse_other_media_types(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Guard: raise HTTPProblem 415 for a body that does not call itself JSON (RFC 9110, section 8.3).

    A coroutine for the reason that allow_by_role gives.
    """
    if "data" not in handler.parsed_fn_signature.parameters:
        return
    media_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise HTTPProblem(MEDIA_TYPE, "Send the header Content-Type: application/json.")
