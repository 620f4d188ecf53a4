"""How an outbound request can fail, as a closed list."""

from enum import StrEnum


class OutboundFailure(StrEnum):
    """Why there is no answer to work with."""

    REFUSED = "refused"
    """The URL or its address is not one that Keyroll may call. Nothing was sent."""
    UNSENDABLE = "unsendable"
    """A header holds characters that no HTTP header can carry. Nothing was sent."""
    UNREACHABLE = "unreachable"
    """No name, no connection, no TLS, or a connection that broke."""
    TIMEOUT = "timeout"
    """The answer was not whole when the time was over."""
    MALFORMED = "malformed"
    """An answer came that is no bounded JSON document, or that sends us elsewhere."""
    STATUS = "status"
    """The vendor answered, with an error status."""


class OutboundError(Exception):
    """A request that brought no usable answer.

    Args:
        failure: the typed reason.
        message: what was wrong and what to do about it, or the vendor's own words; secrets are scrubbed.
        status: the HTTP status, where there was one.
        headers: the answer's headers with lower-case names, for the retry rules. Never shown.
        body: the answer's decoded body, for the retry rules and for vendors' error codes. Never shown.
        come_back_after: seconds after which the vendor will take the request, where it said so.
    """

    def __init__(
        self,
        failure: OutboundFailure,
        message: str,
        *,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        body: object = None,
        come_back_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message
        self.status = status
        self.headers = headers or {}
        self.body = body
        self.come_back_after = come_back_after

    def __str__(self) -> str:
        return f"{self.failure}: {self.message}"
