"""What a receiver answers to a POST: little of it is of interest, and less is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpcore

from adapters.outbound.headers import readable
from adapters.outbound.hints import retry_after
from adapters.outbound.scrub import scrub
from domain.secret import Secret

LONGEST_WORDS: Final = 200
_ENOUGH: Final = 4_096
"""Bytes that are read; the rest stays with its sender, whose connection is closed then."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer's status, and the beginning of its body as one line of at most 200 characters, scrubbed.

    ``retry_after``: the seconds after which the receiver wants to be asked again; None: it does not say.
    """

    status: int
    words: str
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has taken it: any success does (RFC 9110, section 15.3)."""
        return 200 <= self.status < 300  # noqa: PLR2004  # RFC 9110: 2xx is success


async def read_receipt(response: httpcore.Response, secrets: Sequence[Secret], now: datetime) -> Receipt:
    """Read as much of a response as is of interest; ``now`` is what HTTP dates are measured from."""
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) >= _ENOUGH:
            break
    words = scrub(body[:_ENOUGH].decode("utf-8", "replace"), secrets)
    shown = words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"
    return Receipt(response.status, shown, retry_after(readable(response.headers), now))
