"""/v1/events: the log as it grows, in pages or as Server-Sent Events."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter

from adapters.postgres.feed import end_of_log, log_of
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.tail_window import Told
from api.http.answers import JSON
from api.http.endless import UntilStopped
from api.http.pages import DEFAULT_LIMIT, Limit
from api.http.problems import HTTPProblem, documented
from api.http.writes import READ
from api.queries.feed import FeedPage, feed_page
from api.routes.parts import CallerRequest, Parts
from domain.access import TokenRevoked

EVENT_STREAM: Final = "text/event-stream"
HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way takes the stream for dead."""

AT_ONCE: Final = 200
_LARGEST: Final = 2**63 - 1
_MOST_DIGITS: Final = len(str(_LARGEST))
_OPENING: Final = b": the log follows\nretry: 1000\n\n"
_BEAT: Final = b": still here\n\n"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept"}

After = Annotated[
    int,
    QueryParameter(ge=0, le=_LARGEST, description="The position after which to begin; 0 is the beginning."),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID", description="Of a stream that broke: goes on from there, whatever after says."
    ),
]


@get("/v1/events", responses=documented(*READ))
async def follow(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    after: After = 0,
    limit: Limit = DEFAULT_LIMIT,
    last_event_id: LastEventId = None,
) -> Response[FeedPage]:
    """The organization's events in the order of the log, those after a position.

    With ``Accept: text/event-stream`` they come as Server-Sent Events, and go on coming: each has its
    position as its id, and as its data what a page has as an item. A position beyond the log is refused:
    whoever has seen it has seen another log, as before an older backup was restored.
    """
    if EVENT_STREAM not in request.headers.get("accept", ""):
        found = await log_of(parts.reader, request.user.organization, after, limit)
        if not found:
            await _refuse_beyond_the_log(parts, "after", after)
        page: Response[Any] = Response(feed_page(found, after), media_type=JSON, headers={"Vary": "Accept"})
        return page
    name, position = (
        ("after", after) if last_event_id is None else ("Last-Event-ID", _position(last_event_id))
    )
    await _refuse_beyond_the_log(parts, name, position)
    frames = _frames(parts, request, position)
    stream: Response[Any] = UntilStopped(frames, parts.stopping, media_type=EVENT_STREAM, headers=_HEADERS)
    return stream


async def _refuse_beyond_the_log(parts: Parts, name: str, position: int) -> None:
    end = await end_of_log(parts.reader)
    if position > end:
        raise HTTPProblem.malformed(
            f"{name}={position} lies beyond the log, which ends at position {end}. If an older backup was "
            "restored, what you have of later positions is in this log no more: go on from where it ends."
        )


async def _frames(parts: Parts, request: CallerRequest, position: int) -> AsyncGenerator[bytes]:
    """The stream's bytes; it ends when its token is revoked, or when the database does not answer."""
    verifier: str = request.scope["state"]["verifier"]
    organization = request.user.organization
    yield _OPENING
    try:
        while True:
            page = await parts.tail.after(position, organization, limit=AT_ONCE, patience=HEARTBEAT)
            doubtful = not page.events or any(event.topic == TokenRevoked.topic for event in page.events)
            if doubtful and await parts.recognizer.recognize(verifier) is None:
                return
            yield _frame(page.events) or _BEAT
            position = page.position
    except StoreUnavailable:
        return  # the client comes back in a second, and goes on where it was


def _frame(events: Sequence[Told]) -> bytes:
    return b"".join(b"id: %d\ndata: %b\n\n" % (event.position, event.body) for event in events)


def _position(last_event_id: str) -> int:
    is_number = last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= _MOST_DIGITS
    if not (is_number and int(last_event_id) <= _LARGEST):
        raise HTTPProblem.malformed("Last-Event-ID must be the id of an event of this stream.")
    return int(last_event_id)


ROUTES: tuple[Any, ...] = (follow,)
