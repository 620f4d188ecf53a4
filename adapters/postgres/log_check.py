"""Check the log's hash chain, event by event, and say where it breaks first and what is wrong there."""

from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple

from adapters.postgres.chain import GENESIS, Head

_COLUMN: Final = Struct("!iq")
_POSITION_AS_SENT: Final = 8 + 4


class Flaw(NamedTuple):
    """The first position at which the log is not what was written, and what is wrong there, in words."""

    position: int
    what: str


class LogCheck:
    """Takes the log's rows one after the other, in the order of their positions.

    Args:
        head: where the log ends by its own account, at the moment of the check.
        gapless_from: the position from which on every number is taken.
        known: a head of the past that the log must still lead through; GENESIS always is.

    Attributes:
        last: how far the log is sound.
        events: how many events that are.
    """

    def __init__(self, head: Head, gapless_from: int, known: Head) -> None:
        self._head = head
        self._gapless_from = gapless_from
        self._known = known
        self._before_last: Head | None = None
        self.last = Head(0, GENESIS)
        self.events = 0

    def start(self) -> Flaw | None:
        """What is wrong before the first event: a known beginning that is none."""
        if self._known.position == 0 and self._known.hash != GENESIS:
            return Flaw(0, "the checkpoint is one of an empty log, and does not have such a log's hash")
        return None

    def add(self, stored_hash: bytes, row: bytes) -> Flaw | None:
        """Check the next row.

        Args:
            stored_hash: the hash in the row.
            row: its other columns as chain.py says.
        """
        _, position = _COLUMN.unpack_from(row)
        missing = max(self.last.position + 1, self._gapless_from)
        if missing < position and missing <= self._head.position:
            return Flaw(missing, "the event is missing")
        # Asked apart from the gaps, which the log itself allows by a word that the checkpoint does not cover.
        if self.last.position < self._known.position < position:
            return Flaw(self._known.position, "the event of the checkpoint is missing: the log was rewritten")
        if position > self._head.position:
            return Flaw(position, "an event stands here though the log's head says that it ends before")
        if sha256(self.last.hash + row).digest() != stored_hash:
            return self._broken(position, stored_hash, row)
        if position == self._known.position and stored_hash != self._known.hash:
            return Flaw(
                position, "the hash is not that of the checkpoint: the log was rewritten here or before"
            )
        self._before_last, self.last = self.last, Head(position, stored_hash)
        self.events += 1
        return None

    def end(self) -> Flaw | None:
        """What is wrong once there are no more rows."""
        if self.last.position < self._head.position:
            return Flaw(self.last.position + 1, "the event is missing, and all after it: the log was cut off")
        if self.last.hash != self._head.hash:
            return Flaw(
                self.last.position, "the log's head has another hash: it, or the last event, was changed"
            )
        if self._known.position > self.last.position:
            return Flaw(self.last.position + 1, "the event is missing: the checkpoint was of a longer log")
        return None

    def _broken(self, position: int, stored_hash: bytes, row: bytes) -> Flaw:
        if self._before_last is not None:
            one_back = _COLUMN.pack(8, position - 1) + row[_POSITION_AS_SENT:]
            without_last = {sha256(self._before_last.hash + form).digest() for form in (row, one_back)}
            if stored_hash in without_last:
                return Flaw(self.last.position, "an event was put in here")
        what = "the event or its hash was changed, or the event before it together with its hash"
        if position > self.last.position + 1:
            what += f"; or events between {self.last.position} and {position} were removed"
        return Flaw(position, what)
