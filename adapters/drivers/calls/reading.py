"""What the readers of all protocols' streams have in common: the end is told once, whatever comes."""

import typing
from collections.abc import Iterator
from itertools import chain

import msgspec

from adapters.drivers.calls.failures import CUT_OFF, malformed
from adapters.drivers.calls.sse import EventTooLarge, ServerSentEvent, SseReader
from domain.call import Broke, CallEvent, Ended


class StreamFold(typing.Protocol):
    """One protocol's understanding of its stream's events."""

    def take(self, event: ServerSentEvent) -> Iterator[CallEvent]:
        """What one event adds. An ``Ended`` or ``Broke`` ends the answer.

        Raises:
            msgspec.MsgspecError, UnicodeDecodeError, RecursionError: the event is not as documented.
        """
        ...

    def end(self) -> Iterator[CallEvent]:
        """What the stream's end adds. Where it brings no ``Ended`` or ``Broke``, the answer was cut off."""
        ...


class StreamReader:
    """An ``EventReader`` of server-sent events."""

    def __init__(self, fold: StreamFold) -> None:
        self._fold = fold
        self._sse = SseReader()
        self._over = False

    def feed(self, piece: bytes) -> Iterator[CallEvent]:
        """See ``EventReader``."""
        return self._until_over(self._events(piece))

    def end(self) -> Iterator[CallEvent]:
        """See ``EventReader``."""
        return self._until_over(chain(self._fold.end(), (CUT_OFF,)))

    def _until_over(self, events: Iterator[CallEvent]) -> Iterator[CallEvent]:
        if self._over:
            return
        for event in events:
            self._over = isinstance(event, Ended | Broke)
            yield event
            if self._over:
                return

    def _events(self, piece: bytes) -> Iterator[CallEvent]:
        try:
            for event in self._sse.feed(piece):
                yield from self._fold.take(event)
        except EventTooLarge:
            yield malformed("an event of its stream is too large")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield malformed("an event of its stream is not as documented")


def read_whole(events: Iterator[CallEvent]) -> list[CallEvent]:
    """An answer in one piece, up to its end. ``events`` may raise what a ``StreamFold`` may."""
    read: list[CallEvent] = []
    try:
        for event in events:
            read.append(event)
            if isinstance(event, Ended | Broke):
                return read
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [*read, malformed("it is not as documented")]
    return [*read, malformed("it does not say why it ended")]
