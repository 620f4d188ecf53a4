"""Server-sent events out of bytes that come in any pieces.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation: lines end in CR,
LF or CRLF, an event ends at an empty line, and one that no empty line ends is not an event.
"""

from collections.abc import Iterator
from typing import NamedTuple

LARGEST_EVENT = 32 * 1024 * 1024
"""Bytes of one event, and of one line: room for an image in base64."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event; ``name`` is empty where the sender gives none, ``data`` is UTF-8 where it is honest."""

    name: str
    data: bytes


class EventTooLarge(Exception):
    """A line or an event is longer than ``LARGEST_EVENT``."""


class SseReader:
    """Cuts one stream into its events. It holds at most two events' worth of bytes."""

    def __init__(self, largest_event: int = LARGEST_EVENT) -> None:
        self._largest = largest_event
        self._line = bytearray()  # what came of a line whose end has not come
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0
        self._at_start = True
        self._after_cr = False

    def feed(self, piece: bytes) -> Iterator[ServerSentEvent]:
        """The events that these bytes complete.

        Raises:
            EventTooLarge: nothing more can be read from this stream.
        """
        for line in self._lines(piece):
            if line:
                self._take(line)
            elif event := self._dispatch():
                yield event

    def _lines(self, piece: bytes) -> Iterator[bytes]:
        """The lines that these bytes complete, without their ends."""
        if not piece:
            return
        if self._after_cr:
            # The LF of a CRLF that was cut in two: its line was over with the CR.
            piece = piece.removeprefix(b"\n")
            self._after_cr = False
        for line in piece.splitlines(keepends=True):
            content = line.rstrip(b"\r\n")
            if len(self._line) + len(content) > self._largest:
                raise EventTooLarge
            if len(content) == len(line):
                self._line += content
                return
            if self._line:
                content = bytes(self._line + content)
                self._line.clear()
            if self._at_start:
                content = content.removeprefix(_BYTE_ORDER_MARK)
                self._at_start = False
            yield content
        self._after_cr = piece.endswith(b"\r")

    def _take(self, line: bytes) -> None:
        field, _, value = line.partition(b":")  # a comment's field is empty
        value = value.removeprefix(b" ")
        if field == b"data":
            self._size += len(value) + 1
            if self._size > self._largest:
                raise EventTooLarge
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")

    def _dispatch(self) -> ServerSentEvent | None:
        event = ServerSentEvent(self._name, b"\n".join(self._data)) if self._data else None
        self._name = ""
        self._data.clear()
        self._size = 0
        return event
