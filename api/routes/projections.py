"""/v1/projections: the read models, rebuilt and checked."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.postgres.refusals import StoreUnavailable
from api.commands.caller import Terms
from api.commands.projections import Stopping, all_standings, read_model_named, standing_of
from api.http import problems_list as kinds
from api.http.answers import answer
from api.http.endless import UntilStopped
from api.http.problems import HTTPProblem, documented
from api.http.writes import READ, WRITE, IdempotencyKey
from api.queries.projections import (
    ProjectionList,
    ProjectionView,
    RebuildView,
    VerifiedView,
    projection_view,
    rebuild_view,
    verified_view,
)
from api.routes.parts import CallerRequest, Parts

_EVENT_STREAM: Final = "text/event-stream"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_LOOK_EVERY: Final = 0.5
"""Seconds: as often as a rebuild tells how far it is."""


@get("/v1/projections", responses=documented(*READ))
async def list_all(parts: NamedDependency[Parts]) -> Response[ProjectionList]:
    """The read models, each with the last rebuild of its table."""
    found = await asyncio.to_thread(all_standings, parts.core.store)
    return answer(ProjectionList([projection_view(standing) for standing in found]))


@get("/v1/projections/{name:str}", responses=documented(*READ, kinds.NOT_FOUND))
async def show(name: FromPath[str], parts: NamedDependency[Parts]) -> Response[ProjectionView]:
    """One read model, with the last rebuild of its table."""
    return answer(projection_view(await asyncio.to_thread(standing_of, parts.core.store, name)))


@post(
    "/v1/projections/{name:str}/rebuild",
    status_code=202,
    responses=documented(*WRITE, kinds.NOT_FOUND, kinds.REBUILD_RUNNING),
)
async def rebuild(
    name: FromPath[str],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[RebuildView]:
    """Make the table anew from the log, beside the live one, which it replaces at the end.

    What anybody reads stays the same. It goes on by itself: see how at ``/v1/projections/{name}`` or, as
    Server-Sent Events, at ``…/progress``. One at a time, among all processes; a repetition with the same
    Idempotency-Key begins none.
    """

    async def work(_: Terms) -> Response[RebuildView]:
        begun = await parts.rebuilding.start(name)
        return answer(rebuild_view(begun), status=202, location=f"/v1/projections/{name}")

    return await parts.idempotency.once(request, work)


@post(
    "/v1/projections/{name:str}/verify",
    status_code=200,
    responses=documented(*WRITE, kinds.NOT_FOUND),
)
async def verify(
    name: FromPath[str], request: CallerRequest, parts: NamedDependency[Parts]
) -> Response[VerifiedView]:
    """Fold the log anew and compare it with the table, row for row, up to the first difference.

    Of a row of another organization it is told that it differs, not how. It changes nothing, so each request
    is a check of its own, whatever its Idempotency-Key.
    """
    try:
        verified = await parts.rebuilding.verify(name, parts.stopping)
    except Stopping:
        raise HTTPProblem(kinds.UNAVAILABLE, "Keyroll is asked to stop: check again later.") from None
    return answer(verified_view(name, verified, request.user.organization))


@get(
    "/v1/projections/{name:str}/progress",
    media_type=_EVENT_STREAM,
    responses=documented(*READ, kinds.NOT_FOUND),
)
async def progress(name: FromPath[str], parts: NamedDependency[Parts]) -> Response[bytes]:
    """The read model as Server-Sent Events, about twice a second, until no rebuild of it is under way."""
    read_model_named(name)
    return UntilStopped(_frames(parts, name), parts.stopping, media_type=_EVENT_STREAM, headers=_HEADERS)


async def _frames(parts: Parts, name: str) -> AsyncGenerator[bytes]:
    while True:
        try:
            view = projection_view(await asyncio.to_thread(standing_of, parts.core.store, name))
        except StoreUnavailable:
            return  # the client comes back, and finds out how it stands
        yield b"event: progress\ndata: %b\n\n" % msgspec.json.encode(view)
        if view.rebuild is None or view.rebuild.status != "running":
            return
        await asyncio.sleep(_LOOK_EVERY)


ROUTES: tuple[Any, ...] = (list_all, show, rebuild, verify, progress)
