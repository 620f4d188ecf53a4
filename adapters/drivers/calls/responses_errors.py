"""An error where an answer was expected: an ``error`` event, or the error of a failed response.

https://platform.openai.com/docs/api-reference/responses/object#responses/object-error
"""

from collections.abc import Mapping, Sequence

from adapters.drivers.calls.failures import broke_by_status, broke_in_stream
from adapters.outbound.vendor_message import error_object, vendor_message
from domain.call import Broke
from domain.secret import Secret

_BY_CODE = {
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "server_error": 500,
    "server_is_overloaded": 503,
    "vector_store_timeout": 504,
    # What the caller sent is at fault.
    "context_length_exceeded": 400,
    "bio_policy": 400,
    "failed_to_download_image": 400,
    "empty_image_file": 400,
}
_CALLERS_FAULT = ("invalid_", "image_", "unsupported_", "misalignment_")


def broke_of(error: object, secrets: Sequence[Secret]) -> Broke:
    """What ``{"code": "…", "message": "…"}`` comes to, or a bare text in its place."""
    document = {"error": error}
    by_status = broke_by_status(_status(error_object(document)), document, secrets)
    return broke_in_stream(vendor_message(document) or "", by_status.kind, by_status.status, secrets)


def _status(error: Mapping[str, object]) -> int:
    """The HTTP status that it would have had."""
    for said in (error.get("code"), error.get("type")):
        if isinstance(said, str) and said in _BY_CODE:
            return _BY_CODE[said]
        if isinstance(said, str) and said.startswith(_CALLERS_FAULT):
            return 400
    return 500
