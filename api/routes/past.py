"""``as_of``: what a read would have answered then."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

from litestar import Response
from litestar.params import QueryParameter

from adapters.postgres.as_of import BeyondTheLog, as_of
from adapters.postgres.reader import Rows
from api.http.answers import answer
from api.http.pages import Page, decode_cursor, page
from api.http.problems import HTTPProblem
from api.routes.parts import CallerRequest, Parts

T = TypeVar("T")
Key = TypeVar("Key")
Found = TypeVar("Found")
View = TypeVar("View")

AsOf = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        description="A position of the log, or an instant (RFC 3339): answers as it would have then. "
        "The header Keyroll-Position names the position. What the environment sets counts as it is now.",
    ),
]

_LAST_INSTANT: Final = b"SELECT occurred_at FROM stored_events ORDER BY notification_id DESC LIMIT 1"
_RULE: Final = (
    "as_of must be a log position, as 4711, or an instant with its offset, as 2026-11-23T09:00:00Z "
    "(in a URL, + is spelt %2B)"
)


class Seen(NamedTuple, Generic[T]):
    """What was found, and the position that it was looked for at; None: now."""

    found: T
    position: int | None


async def seen(
    parts: Parts,
    request: CallerRequest,
    moment: str | None,
    look: Callable[[Rows], Awaitable[T]],
    *,
    position: int | None = None,
) -> Seen[T]:
    """What a look at the database finds now, or found at a moment.

    Args:
        parts: the running parts.
        request: whose organization.
        moment: the ``as_of`` of the request; None: now.
        look: asks the queries.
        position: that of the moment, if it is known already.

    Raises:
        HTTPProblem: 400, the moment is none, or lies in the future.
    """
    if moment is None:
        return Seen(await look(parts.reader), None)
    when = _when(parts, moment) if position is None else position
    try:
        async with as_of(parts.reader, request.user.organization, when) as past:
            return Seen(await look(past), past.position)
    except BeyondTheLog as error:
        raise HTTPProblem.malformed(
            f"as_of lies beyond the log, which ends at position {error.end}: leave it out to see today."
        ) from None


async def seen_page(
    parts: Parts,
    request: CallerRequest,
    moment: str | None,
    cursor: str | None,
    limit: int,
    *,
    kind: type[Key],
    look: Callable[[Rows, Key | None, int], Awaitable[Sequence[Found]]],
    view: Callable[[Found], View],
    key: Callable[[Found], Key],
) -> Response[Page[View]]:
    """A page of a list now, or at a moment. A moment's cursors carry it, and the position that it meant.

    Args:
        parts: the running parts.
        request: whose organization.
        moment: the ``as_of`` of the request; None: now.
        cursor: the request's.
        limit: how many items the page holds at most.
        kind: the type of the list's sort key.
        look: from where to ask, the key of the item before, and a limit, to the items.
        view: an item's answer.
        key: an item's sort key.

    Raises:
        HTTPProblem: 400, the moment is none or lies in the future, or the cursor is another moment's.
    """
    if moment is None:
        after = decode_cursor(cursor, kind)
        return answer(page(await look(parts.reader, after, limit + 1), limit, view, key))
    carried: Any = decode_cursor(cursor, tuple[str, int, kind])  # type: ignore[valid-type]  # a type known while running
    text, position, after = carried or (moment, None, None)
    if text != moment:
        raise HTTPProblem.malformed(f"This cursor belongs to as_of={text}: send both, or begin again.")
    found = await seen(parts, request, moment, lambda rows: look(rows, after, limit + 1), position=position)
    shown = page(found.found, limit, view, lambda one: (moment, found.position, key(one)))
    return answer(shown, position=found.position)


async def instant_of(parts: Parts, moment: str | None, rows: Rows) -> datetime:
    """The instant that a moment is; of a position that of its event."""
    if moment is None:
        return parts.core.now()
    when = _when(parts, moment)
    if isinstance(when, datetime):
        return when
    found = await rows.rows(_LAST_INSTANT, {})
    return found[0][0] if found else datetime.min.replace(tzinfo=UTC)


def _when(parts: Parts, moment: str) -> int | datetime:
    if moment.isascii() and moment.isdigit():
        return int(moment.lstrip("0")[:20] or "0")
    try:
        instant = datetime.fromisoformat(moment)
    except ValueError:
        raise HTTPProblem.malformed(_RULE) from None
    if instant.tzinfo is None:
        raise HTTPProblem.malformed(_RULE)
    if instant > parts.core.now():
        raise HTTPProblem.malformed("as_of lies in the future: leave it out to see today.")
    return instant
