"""The filters of the audit trail, as its list and its export take them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar.params import QueryParameter

from adapters.postgres.queries.audit_filter import AuditFilter
from api.http.problems import HTTPProblem
from domain.event import Recorded
from projections.audit import TOPICS_BY_ACTION, subject_type_of
from projections.audit_fields import FIELDS, has_changed, is_certain, mention_of, topics_of_field

Actor = Annotated[str | None, QueryParameter(description="The name of the token that did it.")]
Action = Annotated[str | None, QueryParameter(description="A deed's name, as provider.key_rotated.")]
Subject = Annotated[UUID | None, QueryParameter(description="The id of the object that it was done to.")]
SubjectType = Annotated[str | None, QueryParameter(description="The kind of that object, as provider.")]
RequestId = Annotated[str | None, QueryParameter(description="The X-Request-Id of the answer to the deed.")]
Address = Annotated[str | None, QueryParameter(description="The address that it came from.")]
Field = Annotated[
    str | None, QueryParameter(description="A field that it changed, as api_key or context_window.")
]
Since = Annotated[
    datetime | None, QueryParameter(name="from", description="From this instant on (RFC 3339).")
]
Until = Annotated[datetime | None, QueryParameter(name="to", description="Before this instant (RFC 3339).")]

Keep: TypeAlias = Callable[[Recorded[Any]], bool]


def wanted_events(
    *,
    actor: str | None,
    action: str | None,
    subject: UUID | None,
    subject_type: str | None,
    request_id: str | None,
    address: str | None,
    field: str | None,
    since: datetime | None,
    until: datetime | None,
) -> AuditFilter:
    """What the filters ask of the log.

    Raises:
        HTTPProblem: 400, a filter names something that there is not.
    """
    types = {subject_type_of(known) for known in TOPICS_BY_ACTION}
    _refuse_unknown("action", action, TOPICS_BY_ACTION)
    _refuse_unknown("subject_type", subject_type, types)
    _refuse_unknown("field", field, FIELDS)
    return AuditFilter(
        actor=actor,
        topics=_topics(action, subject_type, field),
        subject=subject,
        request_id=request_id,
        address=address,
        since=_instant("from", since),
        until=_instant("to", until),
        mentions=None if field is None or is_certain(field) else mention_of(field),
    )


def keeping(field: str | None) -> Keep | None:
    """Which events have changed the field, where only reading them tells; None: all that were asked for."""
    if field is None or is_certain(field):
        return None
    return lambda recorded: has_changed(recorded.event, field)


def _topics(action: str | None, subject_type: str | None, field: str | None) -> tuple[str, ...] | None:
    if action is subject_type is field is None:
        return None
    able = topics_of_field(field) if field else frozenset(TOPICS_BY_ACTION.values())
    return tuple(
        topic
        for known, topic in TOPICS_BY_ACTION.items()
        if action in (None, known) and subject_type in (None, subject_type_of(known)) and topic in able
    )


def _refuse_unknown(name: str, value: str | None, known: Iterable[str]) -> None:
    if value is not None and value not in known:
        raise HTTPProblem.malformed(f"{name} must be one of: {', '.join(sorted(known))}")


def _instant(field: str, value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise HTTPProblem.malformed(f"{field} must name its offset from UTC, as 2026-11-23T09:00:00Z")
    return value
