"""The closed list of problem types (RFC 9457)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One field that breaks its rule."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem (RFC 9457). ``type`` is one of a closed list; the fields after ``detail`` depend on it."""

    type: str
    title: str
    status: int
    detail: str = ""
    request_id: str = ""
    errors: list[FieldError] = []
    sync_id: str | None = None
    model_id: str | None = None
    current_version: int | None = None


class ProblemType(NamedTuple):
    """A type of problem: its name, HTTP status, and title."""

    name: str
    status: int
    title: str

    @property
    def urn(self) -> str:
        return f"urn:keyroll:problem:{self.name}"


MALFORMED: Final = ProblemType("malformed-request", 400, "The request cannot be read")
UNAUTHENTICATED: Final = ProblemType("unauthenticated", 401, "A valid token is needed")
FORBIDDEN: Final = ProblemType("forbidden", 403, "The token's role does not allow this")
NOT_FOUND: Final = ProblemType("not-found", 404, "There is nothing here")
METHOD_NOT_ALLOWED: Final = ProblemType("method-not-allowed", 405, "This path does not take that method")
NAME_TAKEN: Final = ProblemType("name-taken", 409, "The name is taken")
MODEL_EXISTS: Final = ProblemType("model-exists", 409, "The model exists")
MODEL_NOT_SELECTABLE: Final = ProblemType("model-not-selectable", 409, "The model cannot be selected")
SYNC_RUNNING: Final = ProblemType("sync-running", 409, "A sync is running")
REBUILD_RUNNING: Final = ProblemType("rebuild-running", 409, "A rebuild is running")
PROVIDER_GONE: Final = ProblemType("provider-gone", 409, "The provider is deleted")
LAST_ADMIN: Final = ProblemType("last-admin", 409, "This is the last admin token")
KEY_IN_USE: Final = ProblemType("idempotency-key-in-use", 409, "The first request is not answered")
VERSION_MISMATCH: Final = ProblemType("version-mismatch", 412, "The object has changed")
TOO_LARGE: Final = ProblemType("payload-too-large", 413, "The body is too large")
MEDIA_TYPE: Final = ProblemType("unsupported-media-type", 415, "The body must be application/json")
INVALID: Final = ProblemType("invalid-fields", 422, "A field breaks its rule")
KEY_REJECTED: Final = ProblemType("key-rejected", 422, "The vendor rejects the key")
KEY_REUSED: Final = ProblemType("idempotency-key-reused", 422, "The key came with another request")
INTERNAL: Final = ProblemType("internal", 500, "Something went wrong inside")
BUSY: Final = ProblemType("busy", 503, "Too many writers at once")
UNAVAILABLE: Final = ProblemType("unavailable", 503, "The database does not answer")

BY_STATUS: Final[Mapping[int, ProblemType]] = {
    kind.status: kind
    for kind in (MALFORMED, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_LARGE, MEDIA_TYPE)
}
"""The types that a bare HTTP status stands for."""


def problem(kind: ProblemType, detail: str, **more: Any) -> Problem:
    """A problem of this type. ``detail`` says what to do about it."""
    return Problem(type=kind.urn, title=kind.title, status=kind.status, detail=detail, **more)
