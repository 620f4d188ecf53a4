"""A streamed answer on its way to the caller: passed through, or translated."""

import typing
from collections.abc import Iterable

from adapters.drivers.calls.driver import EventReader
from api.calls.spoken import SpokenStream
from domain.call import Broke, CallEvent, Ended, Usage


class AnswerStream(typing.Protocol):
    """From the vendor's bytes to the caller's. It ends once: ``over`` is true from then on."""

    over: bool
    usage: Usage
    broke: Broke | None

    def feed(self, piece: bytes) -> bytes:
        """What goes on to the caller once these bytes have come."""
        ...

    def end(self) -> bytes:
        """What goes on to the caller when nothing more comes."""
        ...

    def break_off(self, broke: Broke) -> bytes:
        """What goes on to the caller when the call ends here for another reason."""
        ...


class TranslatedStream:
    """Reads one protocol and writes the other. See ``AnswerStream``."""

    def __init__(self, reader: EventReader, writer: SpokenStream) -> None:
        self.over = False
        self.usage = Usage()
        self.broke: Broke | None = None
        self._reader = reader
        self._writer = writer

    def feed(self, piece: bytes) -> bytes:
        return self._told(self._reader.feed(piece))

    def end(self) -> bytes:
        return self._told(self._reader.end())

    def break_off(self, broke: Broke) -> bytes:
        return b"" if self.over else self._told((broke,))

    def _told(self, events: Iterable[CallEvent]) -> bytes:
        told = bytearray()
        for event in events:
            match event:
                case Ended():
                    self.over, self.usage = True, event.usage
                case Broke():
                    self.over, self.broke = True, event
            told += self._writer.feed(event)
        return bytes(told)
