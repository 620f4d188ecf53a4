"""A query parameter that a route does not know is refused, so that a misspelt filter never shows too much.

So is one that comes twice, of which only one would count.
"""

import re
from functools import lru_cache
from typing import Any, Final

from litestar import Request
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from api.http.problems import HTTPProblem

_A_NAME: Final = re.compile("[a-z][a-z_]{0,30}")
"""Anything else may be a secret that was pasted into the wrong place, which no answer repeats."""

_LISTS: Final = frozenset({"group_by"})
"""Parameters that may come more than once."""


def refuse_odd_parameters(request: Request[Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse query parameters from which it is not plain what is wanted.

    Raises:
        HTTPProblem: 400, the handler does not take one, or it comes more than once, or holds a NUL.
    """
    if not request.scope["query_string"]:
        return
    known = known_parameters(handler)
    given = request.query_params
    if any("\0" in value for values in given.dict().values() for value in values):
        raise HTTPProblem.malformed("A query parameter holds the character NUL, which no text here has.")
    unknown = [name for name in given if name not in known]
    if unknown:
        taken = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        named = unknown[0] if _A_NAME.fullmatch(unknown[0]) else "one that has no name of the usual kind"
        raise HTTPProblem.malformed(f"This route does not know the query parameter {named}: {taken}.")
    repeated = [name for name, values in given.dict().items() if len(values) > 1 and name not in _LISTS]
    if repeated:
        raise HTTPProblem.malformed(f"{repeated[0]} stands in the query more than once: say it once.")


@lru_cache
def known_parameters(handler: BaseRouteHandler) -> frozenset[str]:
    """The query parameters that a route takes."""
    return frozenset(
        parameter.kwarg_definition.name or name
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if isinstance(parameter.kwarg_definition, QueryParameter)
    )
