"""/v1/usage: what calls came to."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.postgres.queries.usage import UsageGroup, UsagePeriod, key_of, page_of_usage
from api.http.answers import answer
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, page
from api.http.problems import HTTPProblem, documented
from api.http.writes import READ
from api.queries.usage import UsageView, usage_view
from api.routes.parts import CallerRequest, Parts

Since = Annotated[date | None, QueryParameter(name="from", description="From this day on, in UTC.")]
Until = Annotated[date | None, QueryParameter(name="to", description="Before this day, in UTC.")]
GroupBy = Annotated[
    list[str] | None,
    QueryParameter(
        description=(
            "What the sums are told apart by: day, provider, model, token; several, repeated or with commas "
            "between them. Absent: one sum of all."
        )
    ),
]


@get("/v1/usage", responses=documented(*READ))
async def list_all(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    since: Since = None,
    until: Until = None,
    group_by: GroupBy = None,
) -> Response[Page[UsageView]]:
    """The organization's calls, errors, tokens and cost, by day (UTC), provider, model and token.

    Calls that led to a model count, whatever became of them, on the day on which they came. Each process
    writes its counts every three seconds and when it is stopped, so another process's last three seconds may
    be missing, and are lost if it is killed.
    """
    groups = _groups(group_by)
    after = _after(cursor, groups)
    await parts.calls.usage.flush()
    found = await page_of_usage(
        parts.reader,
        request.user.organization,
        UsagePeriod(since, until),
        groups,
        after=after,
        limit=limit + 1,
    )
    return answer(page(found, limit, usage_view, lambda row: key_of(row, groups)))


def _groups(asked: Sequence[str] | None) -> list[UsageGroup]:
    names = [name for text in asked or () for name in text.split(",")]
    known = [group.value for group in UsageGroup]
    if not set(names) <= set(known):
        raise HTTPProblem.malformed(f"group_by must be of: {', '.join(known)}")
    return [group for group in UsageGroup if group.value in names]


def _after(cursor: str | None, groups: Sequence[UsageGroup]) -> list[date | UUID] | None:
    values = decode_cursor(cursor, list[str])
    if values is None:
        return None
    try:
        return [
            date.fromisoformat(value) if group is UsageGroup.DAY else UUID(value)
            for group, value in zip(groups, values, strict=True)
        ]
    except ValueError:
        raise HTTPProblem.malformed(
            "cursor is not a next_cursor of this list: begin again without it, or with the same group_by."
        ) from None


ROUTES: tuple[Any, ...] = (list_all,)
