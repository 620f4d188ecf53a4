"""Which events auditors ask for, as conditions on the log."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composed

from adapters.postgres.reader import Rows
from domain.event import Meta, Recorded

SKEW: Final = timedelta(hours=1)
"""How far the clocks of processes, and the waits of their writes, may lie apart: of two events whose instants
differ by more, the later one has the later position."""

LATEST: Final = 2**63 - 1
"""Beyond every position."""


class AuditFilter(NamedTuple):
    """Which events are asked for; None: any.

    ``since`` counts in, ``until`` does not. ``mentions``: bytes that stand in the event's state.
    """

    actor: str | None = None
    topics: tuple[str, ...] | None = None
    subject: UUID | None = None
    request_id: str | None = None
    address: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    mentions: bytes | None = None

    @property
    def narrowed(self) -> list[str]:
        """The conditions that are given and that an index answers in the order of the log."""
        return [name for name in INDEXED if getattr(self, name) is not None]

    @property
    def read(self) -> list[str]:
        """The conditions that are given and that only a look at each event answers."""
        return [name for name in READ if getattr(self, name) is not None]

    def parameters(self, organization: UUID) -> dict[str, Any]:
        """What the conditions compare with."""
        topics = None if self.topics is None else list(self.topics)
        return {**self._asdict(), "topics": topics, "organization": organization}


class Bounds(NamedTuple):
    """All that is asked for lies after ``low`` and before ``high``, both positions."""

    low: int = 0
    high: int = LATEST


INDEXED: Final[Mapping[str, SQL]] = {
    "subject": SQL("originator_id = %(subject)s"),
    "request_id": SQL("request_id = %(request_id)s"),
    "address": SQL("address = %(address)s"),
    "actor": SQL("actor = %(actor)s"),
    "topics": SQL("topic = ANY (%(topics)s)"),
}
READ: Final[Mapping[str, SQL]] = {
    "since": SQL("occurred_at >= %(since)s"),
    "until": SQL("occurred_at < %(until)s"),
    "mentions": SQL("position(%(mentions)s in state) > 0"),
}
_CONDITIONS: Final = {**INDEXED, **READ}

COLUMNS: Final = SQL("""
    originator_id, originator_version, topic, state, occurred_at, actor, request_id, address, notification_id
""")

_BOUNDS: Final = b"""
    SELECT
        (SELECT notification_id FROM stored_events
            WHERE organization = %(organization)s AND occurred_at < %(since)s::timestamptz - %(skew)s
            ORDER BY occurred_at DESC, notification_id DESC LIMIT 1),
        (SELECT notification_id FROM stored_events
            WHERE organization = %(organization)s AND occurred_at >= %(until)s::timestamptz + %(skew)s
            ORDER BY occurred_at, notification_id LIMIT 1)
"""


async def bounds_of(
    reader: Rows, organization: UUID, since: datetime | None, until: datetime | None
) -> Bounds:
    """Between which positions the events of a time lie, found without reading what lies outside of it."""
    if since is None and until is None:
        return Bounds()
    instants = {"organization": organization, "since": since, "until": until, "skew": SKEW}
    ((low, high),) = await reader.rows(_BOUNDS, instants)
    return Bounds(low or 0, LATEST if high is None else high)


def all_of(names: list[str]) -> Composed:
    """These conditions, each to be added to others."""
    return SQL("").join(SQL(" AND ") + _CONDITIONS[name] for name in names)


def recorded(organization: UUID, row: tuple[Any, ...], event: Any) -> Recorded[Any]:
    """An event that was read with COLUMNS."""
    stream, version, _, _, occurred_at, actor, request_id, address, position = row
    meta = Meta.model_construct(
        organization=organization, actor=actor, request_id=request_id, address=address
    )
    return Recorded(stream, version, occurred_at, meta, event, position)
