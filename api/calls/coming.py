"""An answer under way: from a vendor over HTTP, or out of this process."""

import asyncio
import typing
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final, Self

from adapters.drivers.calls.failures import CUT_OFF
from adapters.outbound.calls import VendorAnswer
from adapters.outbound.failure import OutboundError
from api.calls.answer_stream import AnswerStream
from api.calls.spoken import SpokenStream
from domain.call import Broke, CallEvent, Ended, Usage

_VENDORS_LAST_BYTES: Final = 1.0
"""Seconds for what a vendor sends after an answer's end."""


class Coming(typing.Protocol):
    """A streamed answer that has begun. It ends once: ``over`` is true from then on. Close it in any case.

    Attributes:
        first: what goes to the caller first. What breaks off before it is still an error with a status.
    """

    first: bytes

    @property
    def over(self) -> bool:
        """Whether all of it has been told."""
        ...

    @property
    def usage(self) -> Usage:
        """What was counted."""
        ...

    @property
    def broke(self) -> Broke | None:
        """The error that it ended in."""
        ...

    async def more(self) -> bytes:
        """What goes to the caller next. Raises OutboundError: it breaks off."""
        ...

    def break_off(self, broke: Broke) -> bytes:
        """What goes to the caller when the call ends here for another reason."""
        ...

    async def read_out(self) -> None:
        """Take what comes after the end, so that the way can be used again."""
        ...

    async def close(self) -> None:
        """Let go of where it comes from."""
        ...


class ComingOverHttp:
    """A vendor's bytes, as a stream passes them on or translates them. See ``Coming``."""

    __slots__ = ("_answer", "_stream", "first")

    def __init__(self, answer: VendorAnswer, stream: AnswerStream) -> None:
        self._answer = answer
        self._stream = stream
        self.first = b""

    async def begin(self) -> Self:
        """Wait for what goes to the caller first."""
        while not (self.first or self._stream.over):
            self.first = await self.more()
        return self

    @property
    def over(self) -> bool:
        return self._stream.over

    @property
    def usage(self) -> Usage:
        return self._stream.usage

    @property
    def broke(self) -> Broke | None:
        return self._stream.broke

    async def more(self) -> bytes:
        piece = await self._answer.piece()
        return self._stream.feed(piece) if piece else self._stream.end()

    def break_off(self, broke: Broke) -> bytes:
        return self._stream.break_off(broke)

    async def read_out(self) -> None:
        if self._answer.is_read:
            return
        with suppress(TimeoutError, OutboundError):
            async with asyncio.timeout(_VENDORS_LAST_BYTES):
                while await self._answer.piece():
                    pass

    async def close(self) -> None:
        self._answer.close()


class ComingFromHere:
    """The events of a driver that needs no network, as they are written. See ``Coming``."""

    def __init__(self, events: AsyncGenerator[CallEvent, None], writer: SpokenStream) -> None:
        self._events = events
        self._writer = writer
        self.first = b""
        self.over = False
        self.usage = Usage()
        self.broke: Broke | None = None

    async def begin(self) -> Self:
        """Wait for what goes to the caller first."""
        while not (self.first or self.over):
            self.first = await self.more()
        return self

    async def more(self) -> bytes:
        return self._told(await anext(self._events, CUT_OFF))

    def break_off(self, broke: Broke) -> bytes:
        return b"" if self.over else self._told(broke)

    async def read_out(self) -> None:
        """Nothing comes after the end."""

    async def close(self) -> None:
        await self._events.aclose()

    def _told(self, event: CallEvent) -> bytes:
        match event:
            case Ended():
                self.over, self.usage = True, event.usage
            case Broke():
                self.over, self.broke = True, event
        return self._writer.feed(event)
