"""Who may see metrics: the operator, by a token of the settings, and whoever may read the API."""

from litestar.types import ASGIApp, Receive, Scope, Send

from api.http.access import bearer_token
from api.http.problems import HTTPProblem
from api.metrics.metrics import Metrics


class MetricsAccess:
    """Middleware that lets the operator pass, as nobody of an organization, and others to ``recognized``.

    Args:
        app: what answers.
        recognized: the same behind the authentication of the API.
        metrics: knows the operator's token.
    """

    def __init__(self, app: ASGIApp, recognized: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._recognized = recognized
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_operators(scope):
            scope["user"] = None
            await self._app(scope, receive, send)
        else:
            await self._recognized(scope, receive, send)

    def _is_operators(self, scope: Scope) -> bool:
        try:
            return self._metrics.is_operators(bearer_token(scope))
        except HTTPProblem:
            return False
