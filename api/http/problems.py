"""From exceptions to problems: every error that leaves the API passes here."""

from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import Scope

from adapters.postgres.refusals import NewerVersion, StoreUnavailable
from api.http import problems_list as kinds
from api.http.problems_list import FieldError, Problem, ProblemType, problem
from api.http.validation import describe_invalid
from domain import errors

PROBLEM_JSON: Final = "application/problem+json"
_RETRY_SOON: Final = {"Retry-After": "1"}
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="keyroll", error="invalid_token"'}

_KINDS: Final[Mapping[type[Exception], ProblemType]] = {
    errors.Invalid: kinds.INVALID,
    errors.NotFound: kinds.NOT_FOUND,
    errors.KeyRejected: kinds.KEY_REJECTED,
    errors.VersionMismatch: kinds.VERSION_MISMATCH,
    errors.Busy: kinds.BUSY,
    errors.NameTaken: kinds.NAME_TAKEN,
    errors.ModelExists: kinds.MODEL_EXISTS,
    errors.ModelNotSelectable: kinds.MODEL_NOT_SELECTABLE,
    errors.SyncRunning: kinds.SYNC_RUNNING,
    errors.RebuildRunning: kinds.REBUILD_RUNNING,
    errors.NoSuchProjection: kinds.NOT_FOUND,
    errors.ProviderGone: kinds.PROVIDER_GONE,
    errors.LastAdmin: kinds.LAST_ADMIN,
    errors.RequestTakenOver: kinds.KEY_IN_USE,
}

_ADVICE: Final[Mapping[ProblemType, str]] = {
    kinds.MALFORMED: "The body must be JSON in UTF-8.",
    kinds.NOT_FOUND: "No route has this path, or its id is no UUID: /schema shows all paths.",
    kinds.METHOD_NOT_ALLOWED: "The header Allow names the methods that this path takes.",
    kinds.TOO_LARGE: "A body may have at most 1,000,000 bytes.",
}
"""What to do about refusals of the framework, whose own words are not shown."""


class HTTPProblem(Exception):
    """A refusal that only HTTP knows."""

    def __init__(self, kind: ProblemType, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})

    @classmethod
    def malformed(cls, detail: str) -> Self:
        """A request that cannot be read."""
        return cls(kinds.MALFORMED, detail)


def describe(error: Exception, scope: Scope) -> tuple[Problem, dict[str, str]]:
    """The problem that an exception is in answering a request, and the headers that go with it.

    Only exceptions of ours lend their text: a library's may repeat what was sent.
    """
    match error:
        case HTTPProblem():
            return problem(error.kind, error.detail), error.headers
        case errors.OrganizationGone():  # with it went the token that came with the request
            return problem(kinds.UNAUTHENTICATED, str(error)), _CHALLENGE
        case errors.KeyrollError() if type(error) in _KINDS:
            kind = _KINDS[type(error)]
            found = problem(kind, str(error), **_data_of(error))
            return found, _RETRY_SOON if kind is kinds.BUSY else {}
        case NewerVersion():
            return problem(kinds.UNAVAILABLE, str(error)), {}
        case StoreUnavailable():
            detail = "PostgreSQL does not answer. Before you repeat a write, read whether it was made."
            return problem(kinds.UNAVAILABLE, detail), _RETRY_SOON
        case ValidationException():
            return describe_invalid(error, scope["route_handler"]), {}
        case HTTPException() if error.status_code in kinds.BY_STATUS:
            kind = kinds.BY_STATUS[error.status_code]
            return problem(kind, _ADVICE.get(kind, "")), dict(error.headers or {})
        case _:
            return problem(kinds.INTERNAL, "The server's log tells more, under the same request id."), {}


def _data_of(error: errors.KeyrollError) -> dict[str, Any]:
    """The fields of a problem that a program acts on."""
    match error:
        case errors.Invalid():
            return {"errors": [FieldError(error.field, error.rule)]}
        case errors.VersionMismatch():
            return {"current_version": error.current}
        case errors.ModelExists():
            return {"model_id": str(error.identity)}
        case errors.SyncRunning():
            return {"sync_id": str(error.sync_id)}
        case _:
            return {}


def answer_with_problem(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Litestar's handler for every exception."""
    found, headers = describe(error, request.scope)
    state = request.scope["state"]
    if found.status == kinds.INTERNAL.status:
        state["failure"] = error
    identified = msgspec.structs.replace(found, request_id=state.get("request_id", ""))
    return Response(identified, status_code=found.status, headers=headers, media_type=PROBLEM_JSON)


def documented(*types: ProblemType) -> dict[int, ResponseSpec]:
    """The problems of a route, for its OpenAPI description."""
    lines: dict[int, list[str]] = {}
    for kind in types:
        lines.setdefault(kind.status, []).append(f"{kind.title} (`{kind.urn}`)")
    return {
        status: ResponseSpec(
            Problem, description="; ".join(told), media_type=PROBLEM_JSON, generate_examples=False
        )
        for status, told in lines.items()
    }
