"""The log as auditors ask for it, in pages that cost little whatever is asked for."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composable

from adapters.postgres.mapper import decode_known
from adapters.postgres.queries.audit_filter import (
    COLUMNS,
    AuditFilter,
    all_of,
    bounds_of,
    recorded,
)
from adapters.postgres.reader import Rows
from domain.event import Recorded

STEP: Final = 500
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


# Each query says by which index it is answered, and in what order: a plan that is made once for all values,
# as PostgreSQL makes it for what is asked often, must suit rare ones too.
_BY_CONDITION: Final = SQL("""
    SELECT * FROM stored_events
    WHERE organization = %(organization)s {condition}
        AND notification_id < %(high)s AND notification_id > %(low)s AND notification_id >= %(reach)s
    ORDER BY notification_id DESC LIMIT %(step)s
""")
_BY_TOPIC: Final = SQL("""
    SELECT event.* FROM unnest(%(topics)s::text[]) AS wanted (name), LATERAL (
        SELECT * FROM stored_events
        WHERE organization = %(organization)s AND topic = wanted.name
            AND notification_id < %(high)s AND notification_id > %(low)s AND notification_id >= %(reach)s
        ORDER BY notification_id DESC LIMIT %(step)s
    ) event
    ORDER BY event.notification_id DESC
""")
# Of several topics the index tells the newest positions, and only the events at those are looked up. The last
# LIMIT holds the plan to that, however many rows it is made for.
_NEWEST_BY_TOPIC: Final = SQL("""
    SELECT event.* FROM (
        SELECT place.notification_id FROM unnest(%(topics)s::text[]) AS wanted (name), LATERAL (
            SELECT notification_id FROM stored_events
            WHERE organization = %(organization)s AND topic = wanted.name
                AND notification_id < %(high)s AND notification_id > %(low)s AND notification_id >= %(reach)s
            ORDER BY notification_id DESC LIMIT %(step)s
        ) place
        ORDER BY place.notification_id DESC LIMIT %(step)s
    ) newest, LATERAL (
        SELECT * FROM stored_events WHERE notification_id = newest.notification_id LIMIT 1
    ) event
    ORDER BY event.notification_id DESC
""")
_PAGE: Final = SQL("""
    SELECT {columns} FROM ({looked_at}) looked_at
    WHERE true {others} ORDER BY notification_id DESC LIMIT %(limit)s
""")
_REACH: Final = SQL("""(
    SELECT notification_id FROM stored_events
    WHERE organization = %(organization)s {condition}
        AND notification_id < %(high)s AND notification_id > %(low)s
    ORDER BY notification_id DESC OFFSET %(step)s - 1 LIMIT 1
)""")
_REACH_BY_TOPIC: Final = SQL("""(
    SELECT max(reach.notification_id) FROM unnest(%(topics)s::text[]) AS wanted (name), LATERAL (
        SELECT notification_id FROM stored_events
        WHERE organization = %(organization)s AND topic = wanted.name
            AND notification_id < %(high)s AND notification_id > %(low)s
        ORDER BY notification_id DESC
        OFFSET greatest(%(step)s / cardinality(%(topics)s::text[]), 1) - 1 LIMIT 1
    ) reach
)""")


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
    most = limit + 1 if keep is None else DECODED
    parameters = {**wanted.parameters(organization), "low": low, "high": high, "limit": most}
    way = await _way_to(reader, wanted, parameters)
    found = await _looked_up(reader, organization, way, parameters)
    kept = found if keep is None else [event for event in found if keep(event)]
    if len(kept) > limit:
        return EventsPage(kept[:limit], kept[limit - 1].position)
    if len(found) == most:
        return EventsPage(kept, found[-1].position)
    if way.others and _lies_in_one_part(wanted):
        _, reach = await _furthest(reader, wanted.narrowed, parameters)
        # The log may have grown meanwhile, and the reach with it: what lies before it is the next page's.
        return EventsPage([event for event in kept if event.position >= (reach or 0)], reach)
    return EventsPage(kept, way.reach)


class _Way(NamedTuple):
    """How a page is looked up.

    Attributes:
        driving: the condition by whose index.
        others: the conditions that each event is then held against.
        reach: the position that is looked at last; None: the first one.
    """

    driving: list[str]
    others: list[str]
    reach: int | None


async def _way_to(reader: Rows, wanted: AuditFilter, parameters: dict[str, Any]) -> _Way:
    given = wanted.narrowed
    driving, others = given[:1], given[1:] + wanted.read
    if not others or _lies_in_one_part(wanted):
        return _Way(driving, others, None)
    driving, reach = await _furthest(reader, given, parameters)
    return _Way(driving, [name for name in [*given, *wanted.read] if name not in driving], reach)


def _lies_in_one_part(wanted: AuditFilter) -> bool:
    """Whether one part of an index leads to all of it.

    Read from its end at once, it is seldom read so far that its reach matters.
    """
    return len(wanted.narrowed) <= 1 and (wanted.topics is None or len(wanted.topics) == 1)


async def _looked_up(
    reader: Rows, organization: UUID, way: _Way, parameters: dict[str, Any]
) -> list[Recorded[Any]]:
    query = _PAGE.format(columns=COLUMNS, looked_at=_looked_at(way, parameters), others=all_of(way.others))
    step = STEP if way.others else parameters["limit"]
    rows = await reader.rows(query, {**parameters, "reach": way.reach or 0, "step": step})
    return [recorded(organization, row, decode_known(row[2], row[3])) for row in rows]


def _looked_at(way: _Way, parameters: dict[str, Any]) -> Composable:
    if way.driving != ["topics"]:
        return _BY_CONDITION.format(condition=all_of(way.driving))
    return _BY_TOPIC if way.others or len(parameters["topics"]) == 1 else _NEWEST_BY_TOPIC


async def _furthest(
    reader: Rows, given: list[str], parameters: dict[str, Any]
) -> tuple[list[str], int | None]:
    """The condition by which STEP events reach furthest back, and how far; None: to the first.

    So a rare condition is not searched for among what is common.
    """
    candidates = [[name] for name in given] or [[]]
    asked = SQL(", ").join(
        _REACH_BY_TOPIC if driving == ["topics"] else _REACH.format(condition=all_of(driving))
        for driving in candidates
    )
    query = SQL("SELECT {asked}").format(asked=asked)
    (reaches,) = await reader.rows(query, {**parameters, "step": STEP})
    return min(zip(candidates, reaches, strict=True), key=lambda found: found[1] or 0)
