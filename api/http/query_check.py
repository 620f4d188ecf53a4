"""A query parameter that a route does not know is refused, so that a misspelt filter never shows too much."""

from functools import lru_cache
from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from api.http.problems import HTTPProblem


def refuse_unknown_parameters(request: Request[Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise HTTPProblem 400 for a query parameter that the handler does not take, or with a NUL."""
    if not request.scope["query_string"]:
        return
    known = _known(handler)
    given = request.query_params
    if any("\0" in value for values in given.dict().values() for value in values):
        raise HTTPProblem.malformed("A query parameter holds the character NUL, which no text here has.")
    unknown = [name for name in given if name not in known]
    if unknown:
        taken = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise HTTPProblem.malformed(
            f"This request has a query parameter that its route does not know: {taken}."
        )


@lru_cache
def _known(handler: BaseRouteHandler) -> frozenset[str]:
    return frozenset(
        parameter.kwarg_definition.name or name
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if isinstance(parameter.kwarg_definition, QueryParameter)
    )
