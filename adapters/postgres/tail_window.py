"""The newest stretch of the log, kept in memory for all who follow it."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

MOST_EVENTS: Final = 2_000
MOST_BYTES: Final = 8_000_000


class Told(NamedTuple):
    """An event as it is told: ``body`` is its JSON, made once for all who hear it."""

    position: int
    organization: UUID
    topic: str
    body: bytes


class Page(NamedTuple):
    """What an organization has after a position, and the position to ask on from."""

    events: Sequence[Told]
    position: int


class Window:
    """All events after ``floor`` up to ``head``, without a gap. The oldest go when it is full.

    Who has fallen behind the floor reads pages from the database, so the window's size bounds the memory for
    any number of readers, however slow.
    """

    def __init__(self, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self.floor = 0
        self.head = 0
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._events: list[Told] = []
        self._bytes = 0

    @property
    def size(self) -> tuple[int, int]:
        """How many events it holds, and the bytes of their bodies."""
        return len(self._events), self._bytes

    def extend(self, events: Sequence[Told]) -> None:
        """Add the events that follow the head in the log."""
        self._events.extend(events)
        self._bytes += sum(len(event.body) for event in events)
        self.head = events[-1].position
        gone = 0
        while len(self._events) - gone > self._most_events or self._bytes > self._most_bytes:
            self._bytes -= len(self._events[gone].body)
            self.floor = self._events[gone].position
            gone += 1
        del self._events[:gone]

    def jump(self, position: int) -> None:
        """Go on from a later position, and forget what was before."""
        self.floor = self.head = position
        self._events.clear()
        self._bytes = 0

    def after(self, position: int, organization: UUID, limit: int) -> Page:
        """What the organization has after a position, which must not lie before the floor."""
        found: list[Told] = []
        start = bisect_right(self._events, position, key=lambda event: event.position)
        for index in range(start, len(self._events)):
            event = self._events[index]
            if event.organization == organization:
                found.append(event)
                if len(found) == limit:
                    return Page(found, event.position)
        return Page(found, max(position, self.head))
