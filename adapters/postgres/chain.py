"""The hash chain of the log: each event's hash covers the hash before it and everything of its own row.

What is hashed, by SHA-256 (FIPS 180-4): the 32 bytes of the hash before, then the row's columns as PostgreSQL
sends them in its binary COPY, each behind its length in four bytes, NULL as the length -1. So no two rows
have the same bytes, and a reader of the log hashes what arrives without taking it apart.
Source of the form: https://www.postgresql.org/docs/18/sql-copy.html (Binary Format, Tuples)

The function keyroll_append in append.sql hashes the same bytes.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple, cast
from uuid import UUID

from adapters.postgres.write import LogEntry
from domain.event import Meta

GENESIS: Final = bytes(32)
"""What stands before the first event."""

HASHED_COLUMNS: Final = (
    "notification_id",
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "organization",
    "occurred_at",
    "actor",
    "request_id",
    "address",
)
"""All columns of stored_events but the hash, in the order in which they are hashed."""

_LENGTH: Final = Struct("!i")
_OF_STREAM: Final = Struct("!iqi16siqi")
_WHOSE_AND_WHEN: Final = Struct("!i16siq")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NULL: Final = _LENGTH.pack(-1)


class Head(NamedTuple):
    """Where the log ends: the last event's position and hash; 0 and GENESIS before the first event."""

    position: int
    hash: bytes


def chained(head: Head, entries: Iterable[LogEntry]) -> Iterator[Head]:
    """What the log's head becomes with each of these events, one after the other."""
    position, previous = head
    meta, occurred_at, context = None, None, b""
    for entry in entries:
        position += 1
        if entry.meta is not meta or entry.occurred_at is not occurred_at:
            meta, occurred_at = entry.meta, entry.occurred_at
            context = _context(meta, occurred_at)
        topic = entry.topic.encode()
        stream = _OF_STREAM.pack(
            8, position, 16, cast("UUID", entry.originator_id).bytes, 8, entry.originator_version, len(topic)
        )
        row = b"".join((previous, stream, topic, _LENGTH.pack(len(entry.state)), entry.state, context))
        previous = sha256(row).digest()
        yield Head(position, previous)


def _context(meta: Meta, occurred_at: datetime) -> bytes:
    """The columns that all events of one write share."""
    microseconds = (occurred_at - _EPOCH) // _MICROSECOND
    whose_and_when = _WHOSE_AND_WHEN.pack(16, meta.organization.bytes, 8, microseconds)
    return whose_and_when + _text(meta.actor) + _text(meta.request_id) + _text(meta.address)


def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return _LENGTH.pack(len(encoded)) + encoded
