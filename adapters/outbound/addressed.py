"""How an address is read: by one parser for every way out, since two that disagree lead around a guard."""

from yarl import URL

from adapters.outbound.failure import OutboundError, OutboundFailure

_HIGHEST_PORT = 65_535


def addressed(url: str, *, encoded: bool = False) -> URL:
    """Parse the URL of a request.

    Args:
        url: the address, without any key in it.
        encoded: it goes out as it is; else what must be percent-encoded in it becomes so (RFC 3986).

    Raises:
        OutboundError: nothing can be sent there (``refused``).
    """
    try:
        address = URL(url, encoded=encoded)
        host, port = address.host, address.port
    except ValueError:
        raise OutboundError(OutboundFailure.REFUSED, "it is not a valid URL") from None
    has_user = address.raw_user is not None or address.raw_password is not None
    if not host or has_user or not 0 < (port or 0) <= _HIGHEST_PORT:
        raise refused()
    return address


def refused() -> OutboundError:
    """What is said of a URL that no pool may call."""
    return OutboundError(
        OutboundFailure.REFUSED, "the URL must be https://host[:port]/path, without user name or password"
    )
