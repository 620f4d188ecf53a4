"""Where a call's answer comes from: a vendor over HTTP, or a driver in this process."""

import typing
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.failures import broke_by_status
from adapters.drivers.calls.local import LocalDriver
from adapters.outbound.calls import VendorAnswer
from adapters.outbound.failure import OutboundError, OutboundFailure
from api.calls.asked import Asked
from api.calls.attempts import Attempts, Exchange, Failed, Pause, broke_by
from api.calls.coming import Coming, ComingFromHere, ComingOverHttp
from api.calls.decoded import Decoded
from api.calls.prepared import Prepared, decoded, inexpressible
from api.calls.spoken import Spoken
from domain.call import CallEvent, Ended, Inexpressible, Usage

Taken = TypeVar("Taken")


class Source(typing.Protocol):
    """Brings one call's answer, by as many attempts as it takes.

    Attributes:
        streams: whether the answer comes in pieces.
        end: until when it must be whole, on the loop's clock.
    """

    @property
    def streams(self) -> bool:
        """As above."""
        ...

    @property
    def end(self) -> float:
        """As above."""
        ...

    async def whole(self, attempts: Attempts) -> tuple[bytes, Usage]:
        """The answer in one piece, and what it cost. Raises CallRefused: there is none."""
        ...

    async def begun(self, attempts: Attempts) -> Coming:
        """The answer once its first bytes are there. Raises CallRefused: there are none."""
        ...


@dataclass(frozen=True, slots=True)
class OverHttp:
    """A vendor. See ``Source``."""

    exchange: Exchange
    prepared: Prepared

    @property
    def streams(self) -> bool:
        return self.exchange.request.stream

    @property
    def end(self) -> float:
        return self.exchange.end

    async def whole(self, attempts: Attempts) -> tuple[bytes, Usage]:
        async def take(answer: VendorAnswer) -> bytes:
            body = await answer.read()
            answer.close()
            return body

        return self.prepared.whole(await self._until(attempts, take))

    async def begun(self, attempts: Attempts) -> Coming:
        async def take(answer: VendorAnswer) -> Coming:
            return await ComingOverHttp(answer, self.prepared.stream()).begin()

        return await self._until(attempts, take)

    async def _until(self, attempts: Attempts, take: Callable[[VendorAnswer], Awaitable[Taken]]) -> Taken:
        exchange = self.exchange
        return await attempts.until(lambda _: exchange.attempt(take), exchange.end, exchange.pause)


@dataclass(frozen=True, slots=True)
class FromHere:
    """A driver that needs no network. See ``Source``.

    Raises:
        CallRefused: 400, the call cannot be read.
    """

    driver: LocalDriver
    spoken: Spoken
    asked: Asked
    model: CallModel
    end: float
    pause: Pause

    @property
    def streams(self) -> bool:
        return self.asked.stream

    async def whole(self, attempts: Attempts) -> tuple[bytes, Usage]:
        asked = decoded(self.spoken, self.asked)

        async def take(events: AsyncGenerator[CallEvent, None]) -> list[CallEvent]:
            async with aclosing(events):
                return [event async for event in events]

        events = await self._until(attempts, asked, take)
        last = events[-1]
        answer = self.spoken.whole(events, asked, self.model.model_id)
        return answer, last.usage if isinstance(last, Ended) else Usage()

    async def begun(self, attempts: Attempts) -> Coming:
        asked = decoded(self.spoken, self.asked)

        async def take(events: AsyncGenerator[CallEvent, None]) -> Coming:
            writer = self.spoken.stream(asked, self.model.model_id)
            return await ComingFromHere(events, writer).begin()

        return await self._until(attempts, asked, take)

    async def _until(
        self,
        attempts: Attempts,
        asked: Decoded,
        take: Callable[[AsyncGenerator[CallEvent, None]], Awaitable[Taken]],
    ) -> Taken:
        async def once(attempt: int) -> Taken | Failed:
            try:
                return await take(self.driver.answer(asked.call, self.model, attempt))
            except OutboundError as error:
                return _failed(error)

        try:
            return await attempts.until(once, self.end, self.pause)
        except Inexpressible as error:
            raise inexpressible(asked, error) from None


def _failed(error: OutboundError) -> Failed:
    if error.failure is OutboundFailure.STATUS:
        return Failed(error, broke_by_status(error.status or 0, error.body, ()))
    return Failed(error, broke_by(error))
