"""Answers without an end of their own: they end when the process is asked to stop."""

import asyncio
import socket
from collections.abc import AsyncIterator

import uvicorn


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


async def until_stopped(parts: AsyncIterator[bytes], stopping: asyncio.Event) -> AsyncIterator[bytes]:
    """The parts of an answer, up to the moment at which a stop is asked for."""
    stopped = asyncio.ensure_future(stopping.wait())
    following: asyncio.Future[bytes] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(parts))
            await asyncio.wait((stopped, following), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                return
            try:
                part = following.result()
            except StopAsyncIteration:
                return
            yield part
    finally:
        stopped.cancel()
        if following is not None and not following.done():
            following.cancel()
            await asyncio.wait([following])
