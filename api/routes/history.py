"""…/history and …/revert: an object's versions, and the way back to one."""

import asyncio
from collections.abc import Sequence
from typing import Any, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.postgres.queries.history import page_of_history
from api.commands.caller import Terms
from api.commands.reverting import revert_model_to, revert_provider_to
from api.http import problems_list as kinds
from api.http.answers import answer
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, page
from api.http.problems import documented
from api.http.writes import CHANGE, READ, IdempotencyKey, IfMatch
from api.queries.history import (
    RevertedModelView,
    RevertedProviderView,
    VersionView,
    not_restored_views,
    version_view,
)
from api.queries.models import model_view
from api.queries.providers import provider_view
from api.routes.models import the_model
from api.routes.parts import CallerRequest, Parts
from api.routes.providers import the_provider
from domain.errors import NotFound
from domain.event import Event
from domain.model import ModelEvent
from domain.provider import ProviderEvent


class Revert(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which version of the object's own history to go back to."""

    version: int


@get("/v1/llm-providers/{provider_id:uuid}/history", responses=documented(*READ, kinds.NOT_FOUND))
async def of_provider(
    provider_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[Page[VersionView]]:
    """The provider's versions, latest first; those of a deleted one stay."""
    return await _history(parts, request, "provider", provider_id, get_args(ProviderEvent), limit, cursor)


@get("/v1/llm-models/{model_id:uuid}/history", responses=documented(*READ, kinds.NOT_FOUND))
async def of_model(
    model_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[Page[VersionView]]:
    """The model's versions, latest first; those of a deleted one stay."""
    return await _history(parts, request, "model", model_id, get_args(ModelEvent), limit, cursor)


@post(
    "/v1/llm-providers/{provider_id:uuid}/revert",
    status_code=200,
    responses=documented(*CHANGE, kinds.NAME_TAKEN, kinds.PROVIDER_GONE),
)
async def revert_provider(
    provider_id: FromPath[UUID],
    data: JSONBody[Revert],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> Response[RevertedProviderView]:
    """Make the provider what it was at a version, by new events.

    Its key stays today's: a destroyed one does not come back, and none is destroyed but with the address that
    it belongs to. ``not_restored`` says so. A deleted provider does not come back: add it anew.
    """

    async def work(terms: Terms) -> Response[RevertedProviderView]:
        (row, not_restored), position = await asyncio.to_thread(
            revert_provider_to, parts.core, request.user, provider_id, data.version, terms
        )
        parts.scheduler.wake()
        found = await the_provider(parts, request, provider_id)
        provider = provider_view(found._replace(row=row), parts.timetable)
        view = RevertedProviderView(provider, position, not_restored_views(not_restored))
        return answer(view, version=row.version, position=position)

    return await parts.idempotency.once(request, work, meets_version=True)


@post(
    "/v1/llm-models/{model_id:uuid}/revert",
    status_code=200,
    responses=documented(*CHANGE, kinds.PROVIDER_GONE),
)
async def revert_model(
    model_id: FromPath[UUID],
    data: JSONBody[Revert],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> Response[RevertedModelView]:
    """Make the model what it was at a version, by new events; a deleted one comes back.

    What its vendor's listing says of it, and whether it is listed, stays as it is: ``not_restored`` says so.
    Whether it is the default is not part of its own history.
    """

    async def work(terms: Terms) -> Response[RevertedModelView]:
        (row, not_restored), position = await asyncio.to_thread(
            revert_model_to, parts.core, request.user, model_id, data.version, terms
        )
        model = None
        if not row.deleted:
            found = await the_model(parts, request, model_id)
            model = model_view(found._replace(row=row))
        view = RevertedModelView(model, position, not_restored_views(not_restored))
        return answer(view, version=row.version, position=position)

    return await parts.idempotency.once(request, work, meets_version=True)


async def _history(
    parts: Parts,
    request: CallerRequest,
    what: str,
    stream: UUID,
    events: Sequence[type[Event]],
    limit: int,
    cursor: str | None,
) -> Response[Page[VersionView]]:
    before = decode_cursor(cursor, int)
    found = await page_of_history(
        parts.reader, request.user.organization, stream, events, before=before, limit=limit + 1
    )
    if not found and before is None:
        raise NotFound(what, stream)
    return answer(page(found, limit, version_view, lambda one: one.originator_version))


ROUTES: tuple[Any, ...] = (of_provider, of_model, revert_provider, revert_model)
