"""The way back to the caller: a head, once, and a body."""

import asyncio
from contextlib import suppress
from typing import Final

from litestar.types import Send

from api.http.request_log import HEADER

Headers = list[tuple[bytes, bytes]]

LAST_BYTES: Final = 30.0
"""Seconds in which a caller must take the last bytes."""

_TAKEN_AT_ONCE: Final = 16 * 1024
"""Bytes that a server takes over without waiting for its client."""


class Answering:
    """Sends one answer.

    Attributes:
        status: of the answer; 0 until it begins.

    Args:
        send: the server's.
        request_id: goes into the head.
    """

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = (HEADER, request_id.encode())
        self.status = 0

    async def begin(self, status: int, headers: Headers) -> None:
        """Send the head."""
        self.status = status
        headers.append(self._request_id)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def go_on(self, body: bytes) -> None:
        """Send some of the body. Waits while the caller is slow to read."""
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self, body: bytes) -> None:
        """Send the last of the body. A caller who does not take it in time is left, and cut off."""
        if len(body) <= _TAKEN_AT_ONCE:
            await self._send({"type": "http.response.body", "body": body, "more_body": False})
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_BYTES):
                await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send an answer in one piece."""
        headers.append((b"content-length", b"%d" % len(body)))
        await self.begin(status, headers)
        await self.end(body)
