"""What an event is, and what the log adds to it."""

from datetime import datetime
from typing import ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

from domain.value import Value


class Event(Value):
    """Something that happened, in the words of the business, with what was before and after.

    ``topic`` is its name on the wire, versioned, and never a Python path: classes may move, the log may not.
    """

    topic: ClassVar[str]


class Meta(Value):
    """Who did it: the organization, the actor's name, the request, and the client's address."""

    organization: UUID
    actor: str
    request_id: str
    address: str | None = None


E_co = TypeVar("E_co", bound=Event, covariant=True)


class Recorded(NamedTuple, Generic[E_co]):
    """An event as the log holds it. A tuple, since a replay makes one for each event there is.

    Attributes:
        originator_id: the stream.
        originator_version: the event's place in its stream, from 1.
        occurred_at: one instant for all events of a decision, in UTC.
        meta: who did it.
        event: what happened.
        position: the event's place in the whole log; 0 until it is appended.
    """

    originator_id: UUID
    originator_version: int
    occurred_at: datetime
    meta: Meta
    event: E_co
    position: int = 0
