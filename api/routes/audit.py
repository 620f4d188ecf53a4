"""/v1/audit-events: who did what, when and from where."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from adapters.postgres.queries.audit import page_of_events
from api.http.answers import answer
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.http.problems import documented
from api.http.writes import READ
from api.queries.audit import AuditEventView, audit_event_view
from api.routes.audit_filters import (
    Action,
    Actor,
    Address,
    Field,
    RequestId,
    Since,
    Subject,
    SubjectType,
    Until,
    keeping,
    wanted_events,
)
from api.routes.parts import CallerRequest, Parts


@get("/v1/audit-events", responses=documented(*READ))
async def list_all(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    actor: Actor = None,
    action: Action = None,
    subject: Subject = None,
    subject_type: SubjectType = None,
    request_id: RequestId = None,
    address: Address = None,
    field: Field = None,
    since: Since = None,
    until: Until = None,
) -> Response[Page[AuditEventView]]:
    """The organization's events, latest first, those for which all filters hold.

    A page may hold fewer events than the limit, or none, and still lead on to the next: where two filters
    that fit many events have few in common, a page ends before it takes too long. The last page is the one
    whose ``next_cursor`` is null.
    """
    wanted = wanted_events(
        actor=actor,
        action=action,
        subject=subject,
        subject_type=subject_type,
        request_id=request_id,
        address=address,
        field=field,
        since=since,
        until=until,
    )
    found = await page_of_events(
        parts.reader,
        request.user.organization,
        wanted,
        before=decode_cursor(cursor, int),
        limit=limit,
        keep=keeping(field),
    )
    following = None if found.next_before is None else encode_cursor(found.next_before)
    return answer(Page([audit_event_view(event) for event in found.events], following))


ROUTES: tuple[Any, ...] = (list_all,)
