"""Brings a vendor's answer to the caller: in one piece, or piece by piece as it comes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from litestar.types import Receive, Send

from adapters.drivers.calls.failures import CUT_OFF
from adapters.outbound.calls import VendorAnswer
from adapters.outbound.failure import OutboundError
from api.calls.answer_stream import AnswerStream
from api.calls.attempts import Attempts, Exchange, Taken
from api.calls.head import answer_head
from api.calls.prepared import Prepared
from api.calls.refusals import broken
from api.calls.watching import while_caller_waits
from domain.call import Broke, Usage
from domain.routing import Route

_TIMED_OUT: Final = Broke("timeout", "the answer was not whole when the call's time was over", 504)
_STOPPED: Final = Broke("unavailable", "this process was stopped; try again", 503)
_LAST_BYTES: Final = 30.0
"""Seconds in which a caller must take the last bytes."""

_VENDORS_LAST_BYTES: Final = 1.0
"""Seconds for what a vendor sends after an answer's end."""


@dataclass(slots=True)
class Delivery:
    """One answer under way. What it came to can be read from it, however it ends.

    Attributes:
        route: where the call went.
        position: the log position that it was routed by.
        started: when the request came, on ``time.perf_counter``.
        attempts: what it took.
        usage: what the vendor counted.
        broke: the error that a stream ended in.
        first_byte: when the caller got the first byte.
    """

    route: Route
    position: int
    started: float
    attempts: Attempts = field(default_factory=Attempts)
    usage: Usage = field(default_factory=Usage)
    broke: Broke | None = None
    first_byte: float | None = None

    async def bring(self, exchange: Exchange, prepared: Prepared, receive: Receive, send: Send) -> None:
        """Send the call and bring its answer.

        Raises:
            CallRefused: there is no answer, and nothing has gone to the caller.
            CallerLeft: the caller hung up.
        """
        if exchange.request.stream:
            await self._bring_stream(exchange, prepared.stream(), receive, send)
        else:
            await self._bring_whole(exchange, prepared, receive, send)

    async def _bring_whole(
        self, exchange: Exchange, prepared: Prepared, receive: Receive, send: Send
    ) -> None:
        async def take(answer: VendorAnswer) -> bytes:
            body = await answer.read()
            answer.close()
            return body

        async with while_caller_waits(receive):
            came = await self._in_time(exchange, take)
        body, self.usage = prepared.whole(came)
        await self._begin(send, stream=False)
        await _last(send, body)

    async def _bring_stream(
        self, exchange: Exchange, stream: AnswerStream, receive: Receive, send: Send
    ) -> None:
        async def take(answer: VendorAnswer) -> _Coming:
            pieces = answer.pieces()
            return _Coming(answer, pieces, await _first(stream, pieces))

        async with while_caller_waits(receive):
            coming = await self._in_time(exchange, take)
            try:
                _refuse_broken(stream)
                await self._begin(send, stream=True)
                last = await _go_on(stream, coming, send, exchange.end)
            except BaseException:
                coming.answer.close()
                raise
            finally:
                self.usage, self.broke = stream.usage, stream.broke
        try:
            await _last(send, last)
            await _read_out(coming.pieces)
        finally:
            coming.answer.close()

    async def _in_time(self, exchange: Exchange, take: Callable[[VendorAnswer], Awaitable[Taken]]) -> Taken:
        try:
            async with asyncio.timeout_at(exchange.end):
                return await self.attempts.until(exchange, take)
        except TimeoutError:
            raise broken(_TIMED_OUT) from None

    async def _begin(self, send: Send, *, stream: bool) -> None:
        self.first_byte = time.perf_counter()
        overhead = self.first_byte - self.started - self.attempts.waited
        headers = answer_head(self.route, self.position, self.attempts.count, overhead, stream=stream)
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class _Coming(NamedTuple):
    """An answer that comes in pieces, and what of it goes to the caller first."""

    answer: VendorAnswer
    pieces: AsyncIterator[bytes]
    first: bytes


def _refuse_broken(stream: AnswerStream) -> None:
    if stream.broke is not None:
        raise broken(stream.broke)


async def _first(stream: AnswerStream, pieces: AsyncIterator[bytes]) -> bytes:
    """The first bytes for the caller; what breaks off before them is still an error with a status."""
    async for piece in pieces:
        if told := stream.feed(piece):
            return told
    return stream.end()


async def _go_on(stream: AnswerStream, coming: _Coming, send: Send, end: float) -> bytes:
    """Send what comes as it comes. Returns the last bytes, with which the stream has its one end."""
    told = coming.first
    try:
        async with asyncio.timeout_at(end):
            while not stream.over:
                if told:
                    await send({"type": "http.response.body", "body": told, "more_body": True})
                piece = await anext(coming.pieces, None)
                told = stream.end() if piece is None else stream.feed(piece)
    except OutboundError:
        return stream.break_off(CUT_OFF)
    except TimeoutError:
        return stream.break_off(_TIMED_OUT)
    except asyncio.CancelledError:
        # Where it is the caller who left, this goes nowhere; else the process is about to end.
        await _last(send, stream.break_off(_STOPPED))
        raise
    return told


async def _last(send: Send, body: bytes) -> None:
    """Send the last bytes. A reader who does not take them in time is left, and its connection cut."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_BYTES):
            await send({"type": "http.response.body", "body": body, "more_body": False})


async def _read_out(pieces: AsyncIterator[bytes]) -> None:
    """Take what comes after the end, so that the connection can be used again."""
    with suppress(TimeoutError, OutboundError):
        async with asyncio.timeout(_VENDORS_LAST_BYTES):
            async for _ in pieces:
                pass
