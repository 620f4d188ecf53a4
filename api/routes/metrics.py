"""/metrics: what the process counts, for Prometheus."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from api.commands.caller import Caller
from api.http.problems import documented
from api.http.writes import READ
from api.routes.parts import Parts

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_TEXT: Final = ResponseSpec(
    str,
    description="Metrics in Prometheus's text format.",
    media_type="text/plain",
    generate_examples=False,
)


@get("/metrics", responses={**documented(*READ), 200: _TEXT})
async def show(request: Request[Caller | None, Any, Any], parts: NamedDependency[Parts]) -> Response[Any]:
    """What this process has counted since it started, in Prometheus's text format; ask each process.

    With a token of an organization: its own calls and syncs. With the token of the setting
    KEYROLL_METRICS_TOKEN: those of all organizations, and the process itself.
    """
    caller, metrics = request.user, parts.metrics
    text = metrics.whole_text() if caller is None else metrics.text_of(caller.organization)
    return Response(text, headers={"Content-Type": _TYPE, "Cache-Control": "no-store"})


ROUTES: tuple[Any, ...] = (show,)
