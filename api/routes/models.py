"""/v1/llm-models: the roll of models, and the default one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from adapters.postgres.queries.models import (
    ModelFilter,
    ModelFound,
    StatusFilter,
    find_default,
    find_model,
    page_of_models,
)
from adapters.postgres.reader import Rows
from api.commands.caller import Terms
from api.commands.models import add_model, change_model, delete_model
from api.http import problems_list as kinds
from api.http.answers import answer, no_content
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page
from api.http.problems import documented
from api.http.writes import CHANGE, READ, WRITE, IdempotencyKey, IfMatch
from api.queries.models import DefaultView, ModelView, default_view, model_view
from api.routes.model_bodies import AddModel, ChangeModel, change_of, said_of
from api.routes.parts import CallerRequest, Parts
from api.routes.past import AsOf, instant_of, seen, seen_page
from api.routes.providers import the_provider
from domain.errors import NotFound
from domain.model import Source

RetiringWithinDays = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=3650,
        description="Only models that retire within so many days from now. Those whose date has passed are "
        "shown too: they are the most urgent.",
    ),
]
Text = Annotated[str | None, QueryParameter(name="q", max_length=200, description="Part of an id or a name.")]


@post(
    "/v1/llm-providers/{provider_id:uuid}/models",
    responses=documented(*WRITE, kinds.NOT_FOUND, kinds.MODEL_EXISTS),
)
async def add(
    provider_id: FromPath[UUID],
    data: JSONBody[AddModel],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[ModelView]:
    """Put a model on the roll by hand; one that was deleted comes back with its history."""
    model_id, facts = said_of(data)

    async def work(terms: Terms) -> Response[ModelView]:
        done = await asyncio.to_thread(
            add_model, parts.core, request.user, provider_id, model_id, facts, terms
        )
        found = await the_model(parts, request, done.row.id)
        location = f"/v1/llm-models/{done.row.id}"
        view = model_view(found._replace(row=done.row))
        return answer(view, status=201, version=done.row.version, position=done.position, location=location)

    return await parts.idempotency.once(request, work)


@get("/v1/llm-providers/{provider_id:uuid}/models", responses=documented(*READ, kinds.NOT_FOUND))
async def list_of_provider(
    provider_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    source: FromQuery[Source | None] = None,
    status: FromQuery[StatusFilter] = "active",
    include_stale: FromQuery[bool] = False,
    text: Text = None,
    moment: AsOf = None,
) -> Response[Page[ModelView]]:
    """The provider's models by their vendor's id; without more said, those that can be selected now."""

    async def wanted(rows: Rows) -> ModelFilter:
        await the_provider(parts, request, provider_id, rows)
        return ModelFilter(provider_id, source, status, include_stale, text)

    return await _page(parts, request, wanted, limit, cursor, moment)


@get("/v1/llm-models", responses=documented(*READ))
async def list_all(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    provider_id: FromQuery[UUID | None] = None,
    source: FromQuery[Source | None] = None,
    status: FromQuery[StatusFilter] = "active",
    include_stale: FromQuery[bool] = False,
    text: Text = None,
    retiring_within_days: RetiringWithinDays = None,
    moment: AsOf = None,
) -> Response[Page[ModelView]]:
    """The organization's models by their vendor's id; without more said, those that can be selected now."""

    async def wanted(rows: Rows) -> ModelFilter:
        days = None if retiring_within_days is None else timedelta(days=retiring_within_days)
        retiring_by = None if days is None else await instant_of(parts, moment, rows) + days
        return ModelFilter(provider_id, source, status, include_stale, text, retiring_by)

    return await _page(parts, request, wanted, limit, cursor, moment)


@get("/v1/llm-models/default", responses=documented(*READ))
async def show_default(
    request: CallerRequest, parts: NamedDependency[Parts], moment: AsOf = None
) -> Response[DefaultView]:
    """The default model, or why there is none, and whether it can be used now."""
    organization = request.user.organization
    found, position = await seen(parts, request, moment, lambda rows: find_default(rows, organization))
    return answer(default_view(found, parts.environment_keys), position=position)


@get("/v1/llm-models/{model_id:uuid}", responses=documented(*READ, kinds.NOT_FOUND))
async def show(
    model_id: FromPath[UUID], request: CallerRequest, parts: NamedDependency[Parts], moment: AsOf = None
) -> Response[ModelView]:
    """One model."""
    found, position = await seen(
        parts, request, moment, lambda rows: the_model(parts, request, model_id, rows)
    )
    return answer(model_view(found), version=found.row.version, position=position)


@patch("/v1/llm-models/{model_id:uuid}", responses=documented(*CHANGE, kinds.MODEL_NOT_SELECTABLE))
async def change(
    model_id: FromPath[UUID],
    data: JSONBody[ChangeModel],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> Response[ModelView]:
    """Change what people set of a model over its vendor's word, its status, and whether it is the default."""
    wanted = change_of(data)
    is_default = None if isinstance(data.is_default, msgspec.UnsetType) else data.is_default

    async def work(terms: Terms) -> Response[ModelView]:
        done = await asyncio.to_thread(
            change_model, parts.core, request.user, model_id, wanted, is_default=is_default, terms=terms
        )
        found = await the_model(parts, request, model_id)
        view = model_view(found._replace(row=done.row))
        return answer(view, version=done.row.version, position=done.position)

    return await parts.idempotency.once(request, work)


@delete("/v1/llm-models/{model_id:uuid}", responses=documented(*CHANGE))
async def remove(
    model_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> None:
    """Delete a model; a sync does not bring it back, adding it by hand does."""

    async def work(terms: Terms) -> Response[None]:
        done = await asyncio.to_thread(delete_model, parts.core, request.user, model_id, terms)
        return no_content(done.position)

    return await parts.idempotency.once(request, work)  # type: ignore[return-value]  # documented as: nothing


async def _page(
    parts: Parts,
    request: CallerRequest,
    wanted: Callable[[Rows], Awaitable[ModelFilter]],
    limit: int,
    cursor: str | None,
    moment: str | None,
) -> Response[Page[ModelView]]:
    async def look(rows: Rows, after: tuple[str, UUID] | None, limit: int) -> list[ModelFound]:
        asked = await wanted(rows)
        beyond = after or ("", UUID(int=0))
        return await page_of_models(rows, request.user.organization, asked, after=beyond, limit=limit)

    return await seen_page(
        parts,
        request,
        moment,
        cursor,
        limit,
        kind=tuple[str, UUID],
        look=look,
        view=model_view,
        key=lambda one: (one.row.model_id, one.row.id),
    )


async def the_model(
    parts: Parts, request: CallerRequest, model_id: UUID, rows: Rows | None = None
) -> ModelFound:
    """The caller's model of this id, now or wherever ``rows`` are asked.

    Raises:
        NotFound: the organization has none.
    """
    found = await find_model(rows or parts.reader, request.user.organization, model_id)
    if found is None:
        raise NotFound("model", model_id)
    return found


ROUTES: tuple[Any, ...] = (add, list_of_provider, list_all, show_default, show, change, remove)
