"""/v1/llm-providers/{id}/sync-models and …/syncs: bring the models up to date, and see how it went."""

import asyncio
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from adapters.postgres.queries.run_events import RunEvents, events_of_run
from adapters.postgres.queries.syncs import find_sync, page_of_syncs
from adapters.postgres.reader import Rows
from api.commands.caller import Terms
from api.http import problems_list as kinds
from api.http.answers import answer
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page
from api.http.problems import documented
from api.http.writes import READ, WRITE, IdempotencyKey
from api.queries.syncs import (
    SyncDiffView,
    SyncRunView,
    SyncView,
    sync_diff_view,
    sync_run_view,
    sync_view,
)
from api.routes.parts import CallerRequest, Parts
from api.routes.past import AsOf, seen, seen_page
from api.routes.providers import the_provider
from domain.errors import NotFound
from projections.syncs import SyncRow

SYNC_PATIENCE = 300.0
"""Seconds that a sync may take: its listing has 120, the rest is ours."""


@post(
    "/v1/llm-providers/{provider_id:uuid}/sync-models",
    status_code=200,
    responses=documented(*WRITE, kinds.NOT_FOUND, kinds.SYNC_RUNNING),
)
async def sync_models(
    provider_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    dry_run: FromQuery[bool] = False,
    force: FromQuery[bool] = False,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[SyncView]:
    """Ask the provider for its models and bring the roll up to its listing.

    A failure of the provider is an answer with ``status: failed`` and changes no model. ``dry_run`` changes
    nothing either way, and answers in ``models`` what would change; ``force`` believes a listing that is
    empty or much shorter than before.
    """

    async def work(terms: Terms) -> Response[SyncView]:
        outcome = await parts.syncing.sync(
            request.user, provider_id, dry_run=dry_run, force=force, terms=terms
        )
        return answer(sync_view(outcome), position=outcome.position)

    return await parts.idempotency.once(request, work, patience=SYNC_PATIENCE)


@get("/v1/llm-providers/{provider_id:uuid}/syncs", responses=documented(*READ, kinds.NOT_FOUND))
async def list_all(
    provider_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    moment: AsOf = None,
) -> Response[Page[SyncRunView]]:
    """The provider's runs, latest first."""

    async def look(rows: Rows, before: UUID | None, limit: int) -> list[SyncRow]:
        await the_provider(parts, request, provider_id, rows)
        return await page_of_syncs(rows, request.user.organization, provider_id, before=before, limit=limit)

    return await seen_page(
        parts,
        request,
        moment,
        cursor,
        limit,
        kind=UUID,
        look=look,
        view=sync_run_view,
        key=lambda run: run.id,
    )


@get(
    "/v1/llm-providers/{provider_id:uuid}/syncs/{sync_id:uuid}",
    responses=documented(*READ, kinds.NOT_FOUND),
)
async def show(
    provider_id: FromPath[UUID],
    sync_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    moment: AsOf = None,
) -> Response[SyncDiffView]:
    """One run, and what it did to each model: what was added, changed, missing, back, or kept for a person.

    A run that died half-way shows what it had done by then.
    """

    async def look(rows: Rows) -> tuple[SyncRow, RunEvents]:
        await the_provider(parts, request, provider_id, rows)
        run = await find_sync(rows, request.user.organization, provider_id, sync_id)
        if run is None:
            raise NotFound("sync", sync_id)
        return run, await events_of_run(rows, sync_id)

    (run, events), position = await seen(parts, request, moment, look)
    return answer(await asyncio.to_thread(sync_diff_view, run, events), position=position)


ROUTES = (sync_models, list_all, show)
