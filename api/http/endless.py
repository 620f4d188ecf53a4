"""Answers of unknown length: they end when the process is asked to stop, and close when their reader goes."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

import uvicorn
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send


class StoppableServer(uvicorn.Server):
    """The server, which says when a stop is asked for; by itself it would wait for answers without an end.

    Args:
        config: the server's own.
        stopping: set as soon as a stop is asked for.
    """

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


class UntilStopped(Response[bytes]):
    """An answer in parts, up to the moment at which a stop is asked for, or at which its reader hangs up.

    Litestar's own stream leaves its parts to the garbage collector then, and with them the transaction that
    they come from.

    Args:
        parts: the answer's bytes; closed when the answer has ended, however it ends.
        stopping: set when a stop is asked for.
        media_type: of the answer.
        headers: more of its headers.
    """

    def __init__(
        self,
        parts: AsyncGenerator[bytes],
        stopping: asyncio.Event,
        *,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(b"", media_type=media_type, headers=dict(headers))
        self._parts = parts
        self._stopping = stopping

    def to_asgi_response(self, *_: Any, **given: Any) -> ASGIResponse:
        return _Sending(
            self._parts,
            self._stopping,
            headers={**(given.get("headers") or {}), **self.headers},
            media_type=self.media_type,
            is_head_response=given.get("is_head_response", False),
        )


class _Sending(ASGIResponse):
    """Sends the parts, and closes them before it ends."""

    _should_set_content_length: ClassVar[bool] = False

    def __init__(self, parts: AsyncGenerator[bytes], stopping: asyncio.Event, **given: Any) -> None:
        super().__init__(**given)
        self._parts = parts
        self._stopping = stopping

    async def send_body(self, send: Send, receive: Receive) -> None:
        gone = asyncio.create_task(_hung_up(receive))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            async with aclosing(self._parts):
                await _at_work_until(self._send_parts(send), gone, stopped)
            await _at_work_until(_end(send), gone)
        finally:
            gone.cancel()
            stopped.cancel()
            await asyncio.gather(gone, stopped, return_exceptions=True)

    async def _send_parts(self, send: Send) -> None:
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})


async def _at_work_until(work: Coroutine[Any, Any, None], *ends: asyncio.Task[Any]) -> None:
    """Work until it is done, or one of the ends has come. What is left of it is over when this returns.

    No cancel scope of anyio's: that cancels again and again, also what tidies up.
    """
    working = asyncio.create_task(work)
    try:
        await asyncio.wait((working, *ends), return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    if not working.cancelled():
        working.result()


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
