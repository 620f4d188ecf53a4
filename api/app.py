"""The HTTP application, made from its parts."""

from importlib.metadata import version

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from api.calls.serving import Serving
from api.http.access import Authentication
from api.http.admission import Admission
from api.http.api_page import ApiPage, with_its_type
from api.http.json_request import JsonRequest
from api.http.metrics_access import MetricsAccess
from api.http.problems import answer_with_problem
from api.http.request_log import RequestLog
from api.routes import (
    audit,
    audit_export,
    checks,
    feed,
    find_key,
    health,
    history,
    metrics,
    models,
    projections,
    providers,
    syncs,
    tokens,
    usage,
    webhooks,
)
from api.routes.parts import Parts

LARGEST_BODY = 1_000_000
"""Bytes of a request body."""

_DESCRIPTION = (
    "An organization's LLM providers, their sealed keys, and its roll of models. Every change is an event. "
    "Errors are problem details (RFC 9457). Send a token as Authorization: Bearer <token>."
)


def application(parts: Parts) -> ASGIApp:
    """The application over running parts."""

    def authentication(app: ASGIApp) -> ASGIApp:
        return Authentication(app, parts.recognizer, parts.core.fingerprints)

    protected = Router(
        path="/",
        route_handlers=[
            *providers.ROUTES,
            *checks.ROUTES,
            *syncs.ROUTES,
            *models.ROUTES,
            *tokens.ROUTES,
            *audit.ROUTES,
            *audit_export.ROUTES,
            *find_key.ROUTES,
            *history.ROUTES,
            *feed.ROUTES,
            *webhooks.ROUTES,
            *projections.ROUTES,
            *usage.ROUTES,
        ],
        middleware=[authentication, Admission],
        security=[{"token": []}],
    )

    def metrics_access(app: ASGIApp) -> ASGIApp:
        return MetricsAccess(app, authentication(Admission(app)), parts.metrics)

    counted = Router(
        path="/", route_handlers=[*metrics.ROUTES], middleware=[metrics_access], security=[{"token": []}]
    )
    app = Litestar(
        route_handlers=[protected, counted, *health.ROUTES],
        dependencies={"parts": Provide(lambda: parts, sync_to_thread=False)},
        exception_handlers={Exception: answer_with_problem},
        openapi_config=_description(),
        logging_config=None,
        request_class=JsonRequest,
        request_max_body_size=LARGEST_BODY,
    )
    return Serving(RequestLog(app), parts.calls)


def _description() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Keyroll",
        version=version("keyroll"),
        description=_DESCRIPTION,
        use_handler_docstrings=True,
        openapi_router=Router(
            "/schema", route_handlers=[], include_in_schema=False, after_request=with_its_type
        ),
        render_plugins=[ApiPage(path="/"), JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    )
