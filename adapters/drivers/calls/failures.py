"""A vendor's error as the end of an answer: which word stands for it, and which status fits it.

A caller's own token was good when a vendor refuses the organization's key, so 401 and 403 become 502.
https://platform.openai.com/docs/guides/error-codes, https://platform.claude.com/docs/en/api/errors,
https://ai.google.dev/gemini-api/docs/troubleshooting
"""

from collections.abc import Sequence

from adapters.drivers.failures import says_key_invalid
from adapters.outbound.document import decode_json
from adapters.outbound.failure import OutboundError
from adapters.outbound.hints import is_quota_exhausted
from adapters.outbound.scrub import scrub
from adapters.outbound.vendor_message import vendor_message
from domain.call import Broke
from domain.secret import Secret

CUT_OFF = Broke("cut_off", "the provider's answer broke off before its end; try again")

_LARGEST_ERROR = 64 * 1024
_SERVER_ERRORS = 500  # RFC 9110: from here on

_BY_STATUS = {
    400: ("invalid_request", 400),
    401: ("key_rejected", 502),
    402: ("quota_exhausted", 429),
    403: ("key_rejected", 502),
    404: ("not_found", 404),
    408: ("timeout", 504),
    409: ("conflict", 409),
    413: ("too_large", 413),
    422: ("invalid_request", 400),
    429: ("rate_limited", 429),
    503: ("overloaded", 503),
    504: ("timeout", 504),
    529: ("overloaded", 503),  # Anthropic's overloaded_error
}


def malformed(what: str) -> Broke:
    """An answer that came and cannot be read."""
    return Broke("malformed", f"the provider's answer cannot be read: {what}; check its type and base URL")


def error_document(body: bytes) -> object:
    """The decoded body of an error, or None where it is no bounded JSON document."""
    try:
        return decode_json(body[:_LARGEST_ERROR])
    except OutboundError:
        return None


def broke_by_status(status: int, document: object, secrets: Sequence[Secret]) -> Broke:
    """What an error status means, with the vendor's own words where ``document`` has some."""
    words = scrub(vendor_message(document) or "", secrets)
    message = f"the provider answered HTTP {status}" + (f": {words}" if words else " without an explanation")
    if status == 429 and is_quota_exhausted(document):  # noqa: PLR2004  RFC 6585
        return Broke("quota_exhausted", message, 429)
    if says_key_invalid(document):
        return Broke("key_rejected", message, 502)
    unlisted = ("vendor_error", 502) if status >= _SERVER_ERRORS else ("invalid_request", 400)
    kind, fitting = _BY_STATUS.get(status, unlisted)
    return Broke(kind, message, fitting)


def broke_in_stream(words: str, kind: str, status: int, secrets: Sequence[Secret]) -> Broke:
    """An error that came in the middle of an answer."""
    said = scrub(words, secrets) or "no reason is given"
    return Broke(kind, f"the provider broke the answer off: {said}", status)
