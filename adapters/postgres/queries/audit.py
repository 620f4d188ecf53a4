"""The log as auditors ask for it, in pages that cost little whatever is asked for."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composed, Literal

from adapters.postgres.mapper import decode
from adapters.postgres.queries.audit_filter import (
    COLUMNS,
    AuditFilter,
    all_of,
    bounds_of,
    recorded,
)
from adapters.postgres.reader import Rows
from domain.event import Recorded

STEP: Final = 1_000
"""Events that are looked at for one page when an index alone does not answer it."""

DECODED: Final = 100
"""Events that are decoded for one page when what they hold decides."""


class EventsPage(NamedTuple):
    """A page of the trail. ``next_before``: where the next one goes on; None: there is no more.

    A page may hold fewer events than it could, even none, and yet not be the last: what is asked for is then
    so rare among what is like it that looking further would take too long at once.
    """

    events: list[Recorded[Any]]
    next_before: int | None


_REACH: Final = SQL("""(
    SELECT notification_id FROM stored_events
    WHERE organization = %(organization)s {condition}
        AND notification_id < %(high)s AND notification_id > %(low)s
    ORDER BY notification_id DESC OFFSET {skipped} LIMIT 1
)""")
_REACH_BY_TOPIC: Final = SQL("""(
    SELECT max(reach.notification_id) FROM unnest(%(topics)s::text[]) AS wanted (name), LATERAL (
        SELECT notification_id FROM stored_events
        WHERE organization = %(organization)s AND topic = wanted.name
            AND notification_id < %(high)s AND notification_id > %(low)s
        ORDER BY notification_id DESC OFFSET {skipped} LIMIT 1
    ) reach
)""")
_PLAIN: Final = SQL("""
    SELECT {columns} FROM stored_events
    WHERE organization = %(organization)s {driving}
        AND notification_id < %(high)s AND notification_id > %(low)s
    ORDER BY notification_id DESC LIMIT %(limit)s
""")
_PAGE: Final = SQL("""
    SELECT {columns} FROM (
        SELECT * FROM stored_events
        WHERE organization = %(organization)s {driving}
            AND notification_id < %(high)s AND notification_id > %(low)s AND notification_id >= %(reach)s
        ORDER BY notification_id DESC OFFSET 0
    ) looked_at
    WHERE true {others} ORDER BY notification_id DESC LIMIT %(limit)s
""")


async def page_of_events(
    reader: Rows,
    organization: UUID,
    wanted: AuditFilter,
    *,
    before: int | None,
    limit: int,
    keep: Callable[[Recorded[Any]], bool] | None = None,
) -> EventsPage:
    """The organization's events before a position, latest first.

    Args:
        reader: the connections.
        organization: whose events.
        wanted: which of them.
        before: the position; None: the end of the log.
        limit: how many at most.
        keep: which of those that were found count; None: all.
    """
    if wanted.topics == ():
        return EventsPage([], None)
    low, high = await bounds_of(reader, organization, wanted.since, wanted.until)
    high = high if before is None else min(high, before)
    parameters = {**wanted.parameters(organization), "low": low, "high": high}
    fetched = limit + 1 if keep is None else DECODED
    parameters["limit"] = fetched
    query, reach = _PLAIN.format(columns=COLUMNS, driving=all_of(wanted.narrowed)), None
    if not wanted.in_order or keep:
        query, parameters["reach"] = await _looking_back(reader, wanted, parameters, limit + 1)
        reach = parameters["reach"] or None
    rows = await reader.rows(query, parameters)
    found = [recorded(organization, row, decode(row[2], row[3])) for row in rows]
    kept = found if keep is None else [event for event in found if keep(event)]
    if len(kept) > limit:
        return EventsPage(kept[:limit], kept[limit - 1].position)
    return EventsPage(kept, found[-1].position if len(found) == fetched else reach)


async def _looking_back(
    reader: Rows, wanted: AuditFilter, parameters: dict[str, Any], enough: int
) -> tuple[Composed, int]:
    """A query that looks at a bounded number of events, and the position back to which it goes; 0: all.

    Of several conditions an index finds the events by that which reaches furthest back, so that a rare one is
    not searched for among what is common.
    """
    given = wanted.narrowed
    step = STEP if wanted.read or len(given) > 1 else enough
    candidates = [[name] for name in given] or [[]]
    asked = SQL(", ").join(_reach(driving, parameters, step) for driving in candidates)
    (reaches,) = await reader.rows(SQL("SELECT {asked}").format(asked=asked), parameters)
    driving, reach = min(zip(candidates, reaches, strict=True), key=lambda found: found[1] or 0)
    others = [name for name in [*given, *wanted.read] if name not in driving]
    return _PAGE.format(columns=COLUMNS, driving=all_of(driving), others=all_of(others)), reach or 0


def _reach(driving: list[str], parameters: dict[str, Any], step: int) -> Composed:
    if driving != ["topics"]:
        return _REACH.format(condition=all_of(driving), skipped=Literal(step - 1))
    # Each topic lies in its own part of the index, so each is followed for its share.
    share = step if step < STEP else max(step // len(parameters["topics"]), 1)
    return _REACH_BY_TOPIC.format(skipped=Literal(share - 1))
