"""From a failed request to the reason why a listing failed."""

import math

from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.vendor_message import error_object
from domain.listing import ListingError, SyncFailure

_BY_FAILURE = {
    OutboundFailure.REFUSED: SyncFailure.UNREACHABLE,
    OutboundFailure.UNSENDABLE: SyncFailure.KEY_REJECTED,
    OutboundFailure.UNREACHABLE: SyncFailure.UNREACHABLE,
    OutboundFailure.TIMEOUT: SyncFailure.TIMEOUT,
    OutboundFailure.MALFORMED: SyncFailure.MALFORMED,
}

_BY_STATUS = {
    401: SyncFailure.KEY_REJECTED,
    402: SyncFailure.RATE_LIMITED,  # Anthropic's billing_error: the key is good, its account is out of means
    403: SyncFailure.KEY_REJECTED,
    408: SyncFailure.TIMEOUT,
    429: SyncFailure.RATE_LIMITED,
    504: SyncFailure.TIMEOUT,
    529: SyncFailure.RATE_LIMITED,  # Anthropic's overloaded_error
}


def listing_error(error: OutboundError) -> ListingError:
    """The same failure in the words of a sync. Other 4xx mean that what is there is no listing API."""
    message = error.message
    if error.come_back_after is not None:
        message += f" (come back in {math.ceil(error.come_back_after)} s)"
    return ListingError(_failure(error), message)


def malformed(what: str) -> ListingError:
    """A listing that came and cannot be believed."""
    return ListingError(SyncFailure.MALFORMED, f"the listing is not as its vendor documents it: {what}")


def _failure(error: OutboundError) -> SyncFailure:
    if error.failure in _BY_FAILURE:
        return _BY_FAILURE[error.failure]
    if says_key_invalid(error.body):
        return SyncFailure.KEY_REJECTED
    status = error.status or 0
    return _BY_STATUS.get(status, SyncFailure.UNREACHABLE if status >= 500 else SyncFailure.MALFORMED)  # noqa: PLR2004  5xx


def says_key_invalid(body: object) -> bool:
    """Google answers a bad key with 400 and says so in the details (https://google.aip.dev/193)."""
    details = error_object(body).get("details")
    return isinstance(details, list) and any(
        isinstance(detail, dict) and detail.get("reason") == "API_KEY_INVALID" for detail in details
    )
