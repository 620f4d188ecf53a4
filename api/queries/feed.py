"""Events as the feed and the webhooks tell them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from adapters.postgres.mapper import decode
from adapters.postgres.write import LogEntry
from projections.audit import action_of, subject_type_of


class EventView(msgspec.Struct, frozen=True):
    """An event. ``position`` is its place in the log, ``version`` its place in its subject's own history.

    ``type`` bears its version as its last part, and says which fields ``data`` has; no event holds a secret.
    """

    position: int
    type: str
    occurred_at: datetime
    actor: str
    subject_type: str
    subject_id: UUID
    version: int
    request_id: str
    data: dict[str, Any]


class FeedPage(msgspec.Struct, frozen=True):
    """A page of the log. ``next_after`` asks for the next one, now or later: what is new by then is there."""

    data: list[EventView]
    next_after: int


class _Encoded(msgspec.Struct, frozen=True):
    """An EventView whose data is JSON already."""

    position: int
    type: str
    occurred_at: datetime
    actor: str
    subject_type: str
    subject_id: UUID
    version: int
    request_id: str
    data: msgspec.Raw


_INSIDE: Final = {"verifier"}
"""What recognizes a token is no secret, and yet nobody's business outside."""

_ENCODER: Final = msgspec.json.Encoder()


def event_body(entry: LogEntry) -> bytes:
    """The JSON of an event, as an EventView says, in one line.

    An event that a newer Keyroll has written is told as it is stored, so that one process that is not yet
    renewed holds up nobody.
    """
    topic, subject_type, data = entry.topic, entry.topic.partition(".")[0], entry.state
    try:
        event = decode(entry.topic, entry.state)
    except LookupError:
        pass
    else:
        topic, subject_type = event.topic, subject_type_of(action_of(event))
        data = event.__pydantic_serializer__.to_json(event, exclude=_INSIDE)
    return _ENCODER.encode(
        _Encoded(
            position=entry.position,
            type=topic,
            occurred_at=entry.occurred_at,
            actor=entry.meta.actor,
            subject_type=subject_type,
            subject_id=UUID(str(entry.originator_id)),
            version=entry.originator_version,
            request_id=entry.meta.request_id,
            data=msgspec.Raw(data),
        )
    )


def feed_page(entries: list[LogEntry], after: int) -> bytes:
    """The JSON of a FeedPage."""
    following = entries[-1].position if entries else after
    page = {"data": [msgspec.Raw(event_body(entry)) for entry in entries], "next_after": following}
    return _ENCODER.encode(page)
