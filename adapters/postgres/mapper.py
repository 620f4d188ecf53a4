"""Between an event and its bytes in the log: UTF-8 JSON, by the topic's name."""

from typing import Any, NamedTuple, cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic_core import from_json

from adapters.postgres.write import LogEntry
from domain.event import Event, Recorded
from domain.topics import EVENTS, UPCASTS


class EventMapper(Mapper[UUID]):
    """Writes today's events, reads all events ever written.

    A field that has its default is not stored: a field's default is part of the event's version.
    """

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> LogEntry:
        recorded = cast("Recorded[Event]", domain_event)
        return LogEntry(
            originator_id=recorded.originator_id,
            originator_version=recorded.originator_version,
            topic=recorded.event.topic,
            state=encode(recorded.event),
            occurred_at=recorded.occurred_at,
            meta=recorded.meta,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded[Any]:
        entry = cast("LogEntry", stored_event)
        return Recorded(
            originator_id=cast("UUID", entry.originator_id),
            originator_version=entry.originator_version,
            occurred_at=entry.occurred_at,
            meta=entry.meta,
            event=decode(entry.topic, entry.state),
            position=entry.position,
        )


def encode(event: Event) -> bytes:
    """The event's state as it is stored."""
    return event.__pydantic_serializer__.to_json(event, exclude_defaults=True)


class NewerEvent(NamedTuple):
    """An event of which this version of Keyroll knows no more than its topic: a newer one has written it."""

    topic: str


def decode_known(topic: str, state: bytes) -> Event | NewerEvent:
    """As :func:`decode`, for readers that an event which they do not know is not to stop."""
    try:
        return decode(topic, state)
    except LookupError:
        return NewerEvent(topic)


def decode(topic: str, state: bytes) -> Event:
    """The event that a topic and a state stand for, through as many upcasts as it is old.

    Raises:
        LookupError: no version of Keyroll up to this one has written the topic.
    """
    current = EVENTS.get(topic)
    if current is not None:
        return current.__pydantic_validator__.validate_json(state)  # type: ignore[no-any-return]  # of its class
    fields = from_json(state)
    while topic in UPCASTS:
        topic, fields = UPCASTS[topic](fields)
    if topic not in EVENTS:
        raise LookupError(
            f"The log holds an event {topic!r} that this version of Keyroll does not know: update it."
        )
    return EVENTS[topic].model_validate(fields)
