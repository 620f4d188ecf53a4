"""/v1/llm-providers: providers and their keys."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from adapters.postgres.claims import PATIENCE
from adapters.postgres.queries.providers import ProviderFound, find_provider, page_of_providers
from adapters.postgres.queries.schedule import Ends
from adapters.postgres.reader import Rows
from api.commands.caller import Terms
from api.commands.providers import (
    ProviderChange,
    change_provider,
    create_provider_at_once,
    decide_on_provider,
    delete_provider,
)
from api.http import problems_list as kinds
from api.http.answers import answer, no_content
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page
from api.http.problems import documented
from api.http.writes import CHANGE, READ, WRITE, IdempotencyKey, IfMatch
from api.queries.providers import ProviderView, provider_view
from api.routes.parts import CallerRequest, Parts
from api.routes.past import AsOf, seen, seen_page
from domain.change import KEEP, kept
from domain.errors import NotFound
from domain.provider import Status
from domain.provider_type import ProviderType

Verify = Annotated[
    bool,
    QueryParameter(
        description="Ask the vendor first, and store nothing if it rejects the key: 422. "
        "The header Keyroll-Key-Check says what the check came to."
    ),
]


class CreateProvider(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A new provider. ``base_url`` null is the vendor's own address; ``api_key`` null means none yet."""

    name: str
    provider_type: ProviderType
    api_key: str | None = None
    base_url: str | None = None

    def __repr__(self) -> str:
        return "CreateProvider(…)"


class ChangeProvider(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to change; a field left out stays. ``api_key`` null removes the key.

    Changing ``base_url`` or ``provider_type`` removes the key too, unless a new one comes along: a key
    belongs to the address it was entered for.
    """

    name: str | msgspec.UnsetType = msgspec.UNSET
    provider_type: ProviderType | msgspec.UnsetType = msgspec.UNSET
    base_url: str | msgspec.UnsetType | None = msgspec.UNSET
    api_key: str | msgspec.UnsetType | None = msgspec.UNSET
    status: Status | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return "ChangeProvider(…)"


CHECK_PATIENCE: Final = 300.0
"""Seconds that a write with a check of its key may take: the listing is asked for twice, 120 s each."""


@post("/v1/llm-providers", responses=documented(*WRITE, kinds.NAME_TAKEN, kinds.KEY_REJECTED))
async def create(
    data: JSONBody[CreateProvider],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    verify: Verify = False,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[ProviderView]:
    """Add a provider."""

    async def work(terms: Terms) -> Response[ProviderView]:
        checked = None
        if verify:
            checked = await parts.checking.refuse_rejected(data.provider_type, data.base_url, data.api_key)
        new = decide_on_provider(
            parts.core,
            request.user,
            name=data.name,
            provider_type=data.provider_type,
            base_url=data.base_url,
            api_key=data.api_key,
        )
        done = await create_provider_at_once(parts.core, parts.appending, request.user, new, terms)
        parts.scheduler.wake()
        found = ProviderFound(done.row, None, Ends(done.row.created_at))
        view = provider_view(found, parts.timetable)
        location = f"/v1/llm-providers/{done.row.id}"
        return answer(
            view,
            status=201,
            version=done.row.version,
            position=done.position,
            location=location,
            key_check=checked,
        )

    return await parts.idempotency.once(request, work, patience=CHECK_PATIENCE if verify else PATIENCE)


@get("/v1/llm-providers", responses=documented(*READ))
async def list_all(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    moment: AsOf = None,
) -> Response[Page[ProviderView]]:
    """The organization's providers, oldest first."""
    organization = request.user.organization

    async def look(rows: Rows, after: UUID | None, limit: int) -> list[ProviderFound]:
        return await page_of_providers(rows, organization, after=after or UUID(int=0), limit=limit)

    return await seen_page(
        parts,
        request,
        moment,
        cursor,
        limit,
        kind=UUID,
        look=look,
        view=lambda one: _view(parts, one, moment),
        key=lambda one: one.row.id,
    )


@get("/v1/llm-providers/{provider_id:uuid}", responses=documented(*READ, kinds.NOT_FOUND))
async def show(
    provider_id: FromPath[UUID], request: CallerRequest, parts: NamedDependency[Parts], moment: AsOf = None
) -> Response[ProviderView]:
    """One provider."""
    found, position = await seen(
        parts, request, moment, lambda rows: the_provider(parts, request, provider_id, rows)
    )
    return answer(_view(parts, found, moment), version=found.row.version, position=position)


@patch(
    "/v1/llm-providers/{provider_id:uuid}",
    responses=documented(*CHANGE, kinds.NAME_TAKEN, kinds.KEY_REJECTED),
)
async def change(
    provider_id: FromPath[UUID],
    data: JSONBody[ChangeProvider],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    verify: Verify = False,
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> Response[ProviderView]:
    """Change some of a provider's fields."""
    fields: dict[str, Any] = {
        name: KEEP if value is msgspec.UNSET else value
        for name, value in msgspec.structs.asdict(data).items()
    }

    async def work(terms: Terms) -> Response[ProviderView]:
        wanted, checked = ProviderChange(**fields), None
        if verify and isinstance(data.api_key, str):
            row = (await the_provider(parts, request, provider_id)).row
            provider_type = kept(wanted.provider_type, ProviderType(row.provider_type))
            base_url = kept(wanted.base_url, row.base_url)
            checked = await parts.checking.refuse_rejected(provider_type, base_url, data.api_key)
        done = await asyncio.to_thread(change_provider, parts.core, request.user, provider_id, wanted, terms)
        parts.scheduler.wake()
        found = await the_provider(parts, request, provider_id)
        view = provider_view(found._replace(row=done.row), parts.timetable)
        return answer(view, version=done.row.version, position=done.position, key_check=checked)

    return await parts.idempotency.once(request, work, patience=CHECK_PATIENCE if verify else PATIENCE)


@delete("/v1/llm-providers/{provider_id:uuid}", responses=documented(*CHANGE))
async def remove(
    provider_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> None:
    """Delete a provider with its models and its key."""

    async def work(terms: Terms) -> Response[None]:
        done = await asyncio.to_thread(delete_provider, parts.core, request.user, provider_id, terms)
        return no_content(done.position)

    return await parts.idempotency.once(request, work)  # type: ignore[return-value]  # documented as: nothing


async def the_provider(
    parts: Parts, request: CallerRequest, provider_id: UUID, rows: Rows | None = None
) -> ProviderFound:
    """The caller's provider of this id, now or wherever ``rows`` are asked.

    Raises:
        NotFound: the organization has none.
    """
    found = await find_provider(rows or parts.reader, request.user.organization, provider_id)
    if found is None:
        raise NotFound("provider", provider_id)
    return found


def _view(parts: Parts, found: ProviderFound, moment: str | None) -> ProviderView:
    """The past has no next sync: nothing is known of the schedule's settings then."""
    view = provider_view(found, parts.timetable)
    return view if moment is None else msgspec.structs.replace(view, next_sync_at=None)


ROUTES = (create, list_all, show, change, remove)
