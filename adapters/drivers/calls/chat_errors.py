"""An error where an answer was expected: in a stream, or in a whole answer of status 200."""

from collections.abc import Mapping, Sequence

from adapters.drivers.calls.chat_shapes import Completion
from adapters.drivers.calls.failures import broke_by_status, broke_in_stream
from adapters.outbound.vendor_message import error_object, vendor_message
from domain.call import Broke
from domain.secret import Secret

_BY_CODE = {
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "overloaded_error": 503,
}
_STATUSES = range(400, 600)


def broke_of(chunk: Completion, secrets: Sequence[Secret]) -> Broke | None:
    """The error in it: ``{"error": {…}}``, ``{"error": "…"}``, or vLLM's ``{"object": "error", …}``."""
    if chunk.error:
        document = {"error": chunk.error}
    elif chunk.object == "error":
        document = {"error": {"message": chunk.message, "type": chunk.type, "code": chunk.code}}
    else:
        return None
    by_status = broke_by_status(_status(error_object(document)), document, secrets)
    return broke_in_stream(vendor_message(document) or "", by_status.kind, by_status.status, secrets)


def _status(error: Mapping[str, object]) -> int:
    """The HTTP status that it would have had. OpenRouter's and vLLM's code is a status."""
    for said in (error.get("code"), error.get("type")):
        if isinstance(said, int) and said in _STATUSES:
            return said
        if isinstance(said, str) and said in _BY_CODE:
            return _BY_CODE[said]
    return 500
