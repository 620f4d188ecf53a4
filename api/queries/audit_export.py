"""The audit trail as a file: JSON Lines or CSV, each with a last line that tells whether it is whole."""

import csv
import io
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from adapters.postgres.refusals import StoreUnavailable
from api.queries.audit import AuditEventView, audit_event_view
from domain.event import Recorded

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula. Source: OWASP,
https://owasp.org/www-community/attacks/CSV_Injection"""


class ExportFormat(StrEnum):
    """How the file is written."""

    JSONL = "jsonl"
    CSV = "csv"


class Trailer(msgspec.Struct, frozen=True):
    """The last line. Without it, or with ``complete`` false, events are missing at the end of the file."""

    complete: bool
    events: int
    last_position: int | None


class Writing(NamedTuple):
    """One way to write the file: its media type, what stands before the events, the events, the last line."""

    media_type: str
    head: bytes
    lines: Callable[[Sequence[AuditEventView]], bytes]
    tail: Callable[[Trailer], bytes]


async def exported(
    batches: AsyncGenerator[Sequence[Recorded[Any]]], writing: Writing
) -> AsyncGenerator[bytes]:
    """The file's bytes, batch by batch. A database that is lost in the midst of it shows in the last line.

    Whoever stops asking closes this, and the batches with it.
    """
    events, last_position, complete = 0, None, True
    yield writing.head
    try:
        async with aclosing(batches):
            async for batch in batches:
                events, last_position = events + len(batch), batch[-1].position
                yield writing.lines([audit_event_view(event) for event in batch])
    except StoreUnavailable:
        complete = False
    yield writing.tail(Trailer(complete, events, last_position))


def _json_lines(values: Sequence[object]) -> bytes:
    return b"".join(msgspec.json.encode(value) + b"\n" for value in values)


def _records(events: Sequence[AuditEventView]) -> bytes:
    return _csv(
        [[_cell(getattr(event, field)) for field in AuditEventView.__struct_fields__] for event in events]
    )


def _last_record(trailer: Trailer) -> bytes:
    """As wide as the others: ``complete`` or ``incomplete``, the number of events, the last position."""
    told = ["complete" if trailer.complete else "incomplete", trailer.events, trailer.last_position]
    return _csv([[*map(_cell, told), *[""] * (len(AuditEventView.__struct_fields__) - len(told))]])


def _cell(value: object) -> str:
    """A text that no spreadsheet runs: one that looks like a formula begins with an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else _plain(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(value: object) -> str:
    encoded = msgspec.json.encode(value).decode()
    return encoded.strip('"')


def _csv(records: Sequence[Sequence[str]]) -> bytes:
    """Records as RFC 4180 has them, in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(records)
    return text.getvalue().encode()


WRITINGS: Final = {
    ExportFormat.JSONL: Writing(
        "application/jsonl", b"", _json_lines, lambda trailer: _json_lines([trailer])
    ),
    ExportFormat.CSV: Writing("text/csv", _csv([AuditEventView.__struct_fields__]), _records, _last_record),
}
"""Each format's way."""
