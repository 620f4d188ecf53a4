"""Brings a vendor's answer to the caller: in one piece, or piece by piece as it comes."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from litestar.types import Receive

from adapters.drivers.calls.failures import CUT_OFF
from adapters.outbound.calls import VendorAnswer
from adapters.outbound.failure import OutboundError
from api.calls.answer_stream import AnswerStream
from api.calls.answering import Answering, Headers
from api.calls.attempts import Attempts, Exchange
from api.calls.head import answer_head
from api.calls.prepared import Prepared
from api.calls.refusals import broken
from api.calls.watching import WhileCallerWaits
from domain.call import Broke, Usage
from domain.routing import Route

_TIMED_OUT: Final = Broke("timeout", "the answer was not whole when the call's time was over", 504)
_STOPPED: Final = Broke("unavailable", "this process was stopped; try again", 503)
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

    async def bring(
        self, exchange: Exchange, prepared: Prepared, receive: Receive, answering: Answering
    ) -> None:
        """Send the call and bring its answer.

        Raises:
            CallRefused: there is no answer, and nothing has gone to the caller.
            CallerLeft: the caller hung up.
        """
        if exchange.request.stream:
            await self._bring_stream(exchange, prepared.stream(), receive, answering)
        else:
            await self._bring_whole(exchange, prepared, receive, answering)

    async def _bring_whole(
        self, exchange: Exchange, prepared: Prepared, receive: Receive, answering: Answering
    ) -> None:
        async def take(answer: VendorAnswer) -> bytes:
            body = await answer.read()
            answer.close()
            return body

        with WhileCallerWaits(receive):
            try:
                async with asyncio.timeout_at(exchange.end):
                    came = await self.attempts.until(exchange, take)
            except TimeoutError:
                raise broken(_TIMED_OUT) from None
        body, self.usage = prepared.whole(came)
        await answering.whole(200, self._head(stream=False), body)

    async def _bring_stream(
        self, exchange: Exchange, stream: AnswerStream, receive: Receive, answering: Answering
    ) -> None:
        coming: _Coming | None = None

        async def take(answer: VendorAnswer) -> _Coming:
            return _Coming(answer, await _first(stream, answer))

        try:
            with WhileCallerWaits(receive) as waiting:
                try:
                    async with asyncio.timeout_at(exchange.end):
                        coming = await self.attempts.until(exchange, take)
                        _refuse_broken(stream)
                        await answering.begin(200, self._head(stream=True))
                        last = await _go_on(stream, coming, answering)
                except TimeoutError:
                    if coming is None:
                        raise broken(_TIMED_OUT) from None
                    last = stream.break_off(_TIMED_OUT)
                except asyncio.CancelledError:
                    if answering.status and not waiting.left:  # the process is about to end
                        await answering.end(stream.break_off(_STOPPED))
                    raise
            await answering.end(last)
            await _read_out(coming.answer)
        finally:
            self.usage, self.broke = stream.usage, stream.broke
            if coming is not None:
                coming.answer.close()

    def _head(self, *, stream: bool) -> Headers:
        self.first_byte = time.perf_counter()
        overhead = self.first_byte - self.started - self.attempts.waited
        return answer_head(self.route, self.position, self.attempts.count, overhead, stream=stream)


class _Coming(NamedTuple):
    """An answer that comes in pieces, and what of it goes to the caller first."""

    answer: VendorAnswer
    first: bytes


def _refuse_broken(stream: AnswerStream) -> None:
    if stream.broke is not None:
        raise broken(stream.broke)


async def _first(stream: AnswerStream, answer: VendorAnswer) -> bytes:
    """The first bytes for the caller; what breaks off before them is still an error with a status."""
    while piece := await answer.piece():
        if told := stream.feed(piece):
            return told
    return stream.end()


async def _go_on(stream: AnswerStream, coming: _Coming, answering: Answering) -> bytes:
    """Send what comes as it comes. Returns the last bytes, with which the stream has its one end."""
    told = coming.first
    try:
        while not stream.over:
            if told:
                await answering.go_on(told)
            piece = await coming.answer.piece()
            told = stream.feed(piece) if piece else stream.end()
    except OutboundError:
        return stream.break_off(CUT_OFF)
    return told


async def _read_out(answer: VendorAnswer) -> None:
    """Take what comes after the end, so that the connection can be used again."""
    if answer.is_read:
        return
    with suppress(TimeoutError, OutboundError):
        async with asyncio.timeout(_VENDORS_LAST_BYTES):
            while await answer.piece():
                pass
