"""Brings a vendor's answer to the caller: in one piece, or piece by piece as it comes."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from litestar.types import Receive

from adapters.drivers.calls.failures import CUT_OFF
from adapters.outbound.failure import OutboundError
from api.calls.answering import Answering, Headers
from api.calls.attempts import Attempts
from api.calls.coming import Coming
from api.calls.head import answer_head
from api.calls.refusals import broken
from api.calls.sources import Source
from api.calls.watching import Lookout, WhileCallerWaits
from domain.call import NO_USAGE, Broke, Usage
from domain.routing import Route

_TIMED_OUT: Final = Broke("timeout", "the answer was not whole when the call's time was over", 504)
_STOPPED: Final = Broke("unavailable", "this process was stopped; try again", 503)


@dataclass(slots=True)
class Delivery:
    """One answer under way. What it came to can be read from it, however it ends.

    Attributes:
        route: where the call went.
        position: the log position that it was routed by.
        started: when the request came, on ``time.perf_counter``.
        lookout: watches the caller.
        attempts: what it took.
        usage: what the vendor counted.
        broke: the error that a stream ended in.
        first_byte: when the caller got the first byte.
    """

    route: Route
    position: int
    started: float
    lookout: Lookout
    attempts: Attempts = field(default_factory=Attempts)
    usage: Usage = NO_USAGE
    broke: Broke | None = None
    first_byte: float | None = None

    async def bring(self, source: Source, receive: Receive, answering: Answering) -> None:
        """Bring the answer from its source.

        Raises:
            CallRefused: there is no answer, and nothing has gone to the caller.
            CallerLeft: the caller hung up.
        """
        if source.streams:
            await self._bring_stream(source, receive, answering)
        else:
            await self._bring_whole(source, receive, answering)

    async def _bring_whole(self, source: Source, receive: Receive, answering: Answering) -> None:
        try:
            with WhileCallerWaits(self.lookout, receive, source.end):
                body, self.usage = await source.whole(self.attempts)
        except TimeoutError:
            raise broken(_TIMED_OUT) from None
        await answering.whole(200, self._head(stream=False), body)

    async def _bring_stream(self, source: Source, receive: Receive, answering: Answering) -> None:
        coming: Coming | None = None
        try:
            try:
                with WhileCallerWaits(self.lookout, receive, source.end) as waiting:
                    try:
                        coming = await source.begun(self.attempts)
                        _refuse_broken(coming)
                        await answering.begin(200, self._head(stream=True))
                        last = await _go_on(coming, answering)
                    except asyncio.CancelledError:
                        # The process is about to end.
                        if coming is not None and answering.status and waiting.over is None:
                            await answering.end(coming.break_off(_STOPPED))
                        raise
            except TimeoutError:
                if coming is None:
                    raise broken(_TIMED_OUT) from None
                last = coming.break_off(_TIMED_OUT)
            await answering.end(last)
            await coming.read_out()
        finally:
            if coming is not None:
                self.usage, self.broke = coming.usage, coming.broke
                await coming.close()

    def _head(self, *, stream: bool) -> Headers:
        self.first_byte = time.perf_counter()
        overhead = self.first_byte - self.started - self.attempts.waited
        return answer_head(self.route, self.position, self.attempts.count, overhead, stream=stream)


def _refuse_broken(coming: Coming) -> None:
    if coming.broke is not None:
        raise broken(coming.broke)


async def _go_on(coming: Coming, answering: Answering) -> bytes:
    """Send what comes as it comes. Returns the last bytes, with which the stream has its one end."""
    told = coming.first
    try:
        while not coming.over:
            if told:
                await answering.go_on(told)
            told = await coming.more()
    except OutboundError:
        return coming.break_off(CUT_OFF)
    return told
