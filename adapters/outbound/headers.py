"""Turn headers into what can be sent, at the last moment before it is; and those that came into text."""

import re
from collections.abc import Iterable, Mapping

from adapters.outbound.failure import OutboundError, OutboundFailure
from domain.secret import Secret

_SENDABLE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


def sendable(headers: Mapping[str, str | Secret]) -> list[tuple[bytes, bytes]]:
    """The headers as bytes, with the keys in the clear.

    The check stands here because the HTTP libraries quote a value they cannot send in their error.

    Raises:
        OutboundError: ``unsendable``: a value holds anything but printable ASCII and single inner spaces.
    """
    plain = []
    for name, value in headers.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if not _SENDABLE.fullmatch(text):
            raise OutboundError(
                OutboundFailure.UNSENDABLE,
                f"the {name} header cannot carry this key: it holds characters other than printable ASCII; "
                "enter the key again",
            )
        plain.append((name.encode("ascii"), text.encode("ascii")))
    return plain


def readable(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of an answer, with lower-case names; of several of one name the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
