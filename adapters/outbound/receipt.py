"""What a receiver answers to a POST: little of it is of interest, and less is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpcore

from adapters.outbound.scrub import scrub
from domain.secret import Secret

LONGEST_WORDS: Final = 200
_ENOUGH: Final = 4_096
"""Bytes that are read; the rest stays with its sender, whose connection is closed then."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer's status, and the beginning of its body as one line of at most 200 characters, scrubbed."""

    status: int
    words: str

    @property
    def taken(self) -> bool:
        """Whether the receiver has taken it: any success does (RFC 9110, section 15.3)."""
        return 200 <= self.status < 300  # noqa: PLR2004  # RFC 9110: 2xx is success


async def read_receipt(response: httpcore.Response, secrets: Sequence[Secret]) -> Receipt:
    """Read as much of a response as is of interest."""
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) >= _ENOUGH:
            break
    words = scrub(body[:_ENOUGH].decode("utf-8", "replace"), secrets)
    return Receipt(
        response.status, words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"
    )
