"""A body comes as JSON and says so: a form on a foreign page cannot send that without being asked (CORS)."""

from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler

from api.http.answers import JSON
from api.http.problems import HTTPProblem
from api.http.problems_list import MEDIA_TYPE


def refuse_other_media_types(request: Request[Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise HTTPProblem 415 for a body that does not call itself JSON (RFC 9110, section 8.3)."""
    if "data" not in handler.parsed_fn_signature.parameters:
        return
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise HTTPProblem(MEDIA_TYPE, "Send the header Content-Type: application/json.")
