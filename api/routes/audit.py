"""/v1/audit-events: who did what, when and from where."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from adapters.postgres.queries.audit import AuditFilter, page_of_events
from api.http.answers import answer
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, page
from api.http.problems import HTTPProblem, documented
from api.http.writes import READ
from api.queries.audit import AuditEventView, audit_event_view
from api.routes.parts import CallerRequest, Parts
from projections.audit import TOPICS_BY_ACTION, subject_type_of

Since = Annotated[
    datetime | None, QueryParameter(name="from", description="From this instant on (RFC 3339).")
]
Until = Annotated[datetime | None, QueryParameter(name="to", description="Before this instant (RFC 3339).")]


@get("/v1/audit-events", responses=documented(*READ))
async def list_all(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    actor: FromQuery[str | None] = None,
    action: FromQuery[str | None] = None,
    subject: FromQuery[UUID | None] = None,
    subject_type: FromQuery[str | None] = None,
    request_id: FromQuery[str | None] = None,
    since: Since = None,
    until: Until = None,
) -> Response[Page[AuditEventView]]:
    """The organization's events, latest first. ``subject`` is an object's id, ``action`` a deed's name."""
    wanted = AuditFilter(
        actor,
        _topics(action, subject_type),
        subject,
        request_id,
        _instant("from", since),
        _instant("to", until),
    )
    before = decode_cursor(cursor, int)
    organization = request.user.organization
    found = await page_of_events(parts.reader, organization, wanted, before=before, limit=limit + 1)
    return answer(page(found, limit, audit_event_view, lambda event: event.position))


def _topics(action: str | None, subject_type: str | None) -> tuple[str, ...] | None:
    if action is None and subject_type is None:
        return None
    if action is not None and action not in TOPICS_BY_ACTION:
        raise HTTPProblem.malformed(f"action must be one of: {', '.join(sorted(TOPICS_BY_ACTION))}")
    types = {subject_type_of(known) for known in TOPICS_BY_ACTION}
    if subject_type is not None and subject_type not in types:
        raise HTTPProblem.malformed(f"subject_type must be one of: {', '.join(sorted(types))}")
    return tuple(
        topic
        for known, topic in TOPICS_BY_ACTION.items()
        if action in (None, known) and subject_type in (None, subject_type_of(known))
    )


def _instant(field: str, value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise HTTPProblem.malformed(f"{field} must name its offset from UTC, as 2026-11-23T09:00:00Z")
    return value


ROUTES: tuple[Any, ...] = (list_all,)
