"""/v1/webhooks: addresses outside that are told of events."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.postgres.queries.webhooks import WebhookFound, find_webhook, page_of_webhooks
from api.commands.caller import Terms
from api.commands.webhooks import (
    WantedStatus,
    WebhookChange,
    change_webhook,
    delete_webhook,
    register_webhook,
    resume_webhook,
    rotate_webhook_secret,
)
from api.delivery import trial_message
from api.http import problems_list as kinds
from api.http.answers import answer, no_content
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, page
from api.http.problems import documented
from api.http.writes import CHANGE, READ, WRITE, IdempotencyKey, IfMatch
from api.queries.webhooks import (
    RegisteredWebhookView,
    WebhookView,
    registered_view,
    webhook_view,
)
from api.routes.parts import CallerRequest, Parts
from domain.change import KEEP
from domain.errors import NotFound

EventTypes = Annotated[
    list[str], msgspec.Meta(max_length=100, description="As provider.created; none means all.")
]


class RegisterWebhook(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An address to tell. The log keeps it for good, so it may hold no secret."""

    url: str
    event_types: EventTypes = []


class ChangeWebhook(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to change; a field left out stays. ``active`` resumes a webhook that is paused or parked."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    event_types: EventTypes | msgspec.UnsetType = msgspec.UNSET
    status: WantedStatus | msgspec.UnsetType = msgspec.UNSET


class RotateSecret(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How long messages bear a second signature, with the former secret: up to a week; 0 after a leak."""

    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24


class TrialView(msgspec.Struct, frozen=True):
    """Whether the receiver has taken the test message, and if not, what came instead."""

    delivered: bool
    message: str | None


@post("/v1/webhooks", responses=documented(*WRITE))
async def register(
    data: JSONBody[RegisterWebhook],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[RegisteredWebhookView]:
    """Tell an address of the organization's events from now on. The answer holds the signing secret, once.

    Messages are signed as Standard Webhooks say (standardwebhooks.com), come in the order of the log, and at
    least once: a repeated one has the same ``webhook-id``.
    """

    async def work(terms: Terms) -> Response[RegisteredWebhookView]:
        done = await asyncio.to_thread(
            register_webhook,
            parts.core,
            request.user,
            url=data.url,
            event_types=data.event_types,
            terms=terms,
        )
        row = done.row.row
        view = registered_view(await _view(parts, request, row.id), done.row.signing_key.reveal())
        location = f"/v1/webhooks/{row.id}"
        return answer(view, status=201, version=row.version, position=done.position, location=location)

    return await parts.idempotency.once(request, work, shown_once="secret")


@get("/v1/webhooks", responses=documented(*READ))
async def list_all(
    request: CallerRequest, parts: NamedDependency[Parts], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[Page[WebhookView]]:
    """The organization's webhooks, oldest first, each with how far it has come."""
    after = decode_cursor(cursor, UUID) or UUID(int=0)
    found = await page_of_webhooks(parts.reader, request.user.organization, after=after, limit=limit + 1)
    shown = page(found, limit, lambda one: one, lambda one: one.row.id)
    views = [await webhook_view(parts.reader, one) for one in shown.data]
    return answer(Page(views, shown.next_cursor))


@get("/v1/webhooks/{webhook_id:uuid}", responses=documented(*READ, kinds.NOT_FOUND))
async def show(
    webhook_id: FromPath[UUID], request: CallerRequest, parts: NamedDependency[Parts]
) -> Response[WebhookView]:
    """One webhook, and how far it has come."""
    view = await _view(parts, request, webhook_id)
    return answer(view, version=view.version)


@patch("/v1/webhooks/{webhook_id:uuid}", responses=documented(*CHANGE))
async def change(
    webhook_id: FromPath[UUID],
    data: JSONBody[ChangeWebhook],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> Response[WebhookView]:
    """Change where it is told, of what, and whether; what happens while it is paused is kept for it."""
    fields: dict[str, Any] = {
        name: KEEP if value is msgspec.UNSET else value
        for name, value in msgspec.structs.asdict(data).items()
    }

    async def work(terms: Terms) -> Response[WebhookView]:
        done = await asyncio.to_thread(
            change_webhook, parts.core, request.user, webhook_id, WebhookChange(**fields), terms
        )
        view = await _view(parts, request, webhook_id)
        return answer(view, version=done.row.version, position=done.position)

    return await parts.idempotency.once(request, work)


@post(
    "/v1/webhooks/{webhook_id:uuid}/resume",
    status_code=200,
    responses=documented(*WRITE, kinds.NOT_FOUND),
)
async def resume(
    webhook_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[WebhookView]:
    """Tell it again, from the event on at which it stopped."""

    async def work(terms: Terms) -> Response[WebhookView]:
        done = await asyncio.to_thread(resume_webhook, parts.core, request.user, webhook_id, terms)
        view = await _view(parts, request, webhook_id)
        return answer(view, version=done.row.version, position=done.position)

    return await parts.idempotency.once(request, work)


@post(
    "/v1/webhooks/{webhook_id:uuid}/rotate-secret",
    status_code=200,
    responses=documented(*CHANGE),
)
async def rotate(
    webhook_id: FromPath[UUID],
    data: JSONBody[RotateSecret],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> Response[RegisteredWebhookView]:
    """Sign messages with a new secret, which the answer holds, once.

    For a while they bear a second signature with the former one, so that a receiver can change over. A third
    secret, from a rotation before, is destroyed at once.
    """

    async def work(terms: Terms) -> Response[RegisteredWebhookView]:
        overlap = timedelta(hours=data.overlap_hours)
        done = await asyncio.to_thread(
            rotate_webhook_secret, parts.core, request.user, webhook_id, overlap, terms
        )
        row = done.row.row
        view = registered_view(await _view(parts, request, row.id), done.row.signing_key.reveal())
        return answer(view, version=row.version, position=done.position)

    return await parts.idempotency.once(request, work, shown_once="secret", meets_version=True)


@post(
    "/v1/webhooks/{webhook_id:uuid}/test",
    status_code=200,
    responses=documented(*READ, kinds.NOT_FOUND),
)
async def send_test(
    webhook_id: FromPath[UUID], request: CallerRequest, parts: NamedDependency[Parts]
) -> Response[TrialView]:
    """Send a message of the type ``webhook.test`` now, once, whatever the webhook's state; store nothing.

    Each request sends one, whatever its Idempotency-Key.
    """
    row = (await _the_webhook(parts, request, webhook_id)).row
    message, body = trial_message(row.id, request.user.actor, datetime.now(UTC))
    outcome = await parts.messenger.deliver(row, message, body)
    return answer(TrialView(outcome.error is None, outcome.error))


@delete("/v1/webhooks/{webhook_id:uuid}", responses=documented(*CHANGE))
async def remove(
    webhook_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    if_match: IfMatch = None,  # noqa: ARG001  # read by Idempotency, named for the description
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # as above
) -> None:
    """End it, and destroy its signing key."""

    async def work(terms: Terms) -> Response[None]:
        done = await asyncio.to_thread(delete_webhook, parts.core, request.user, webhook_id, terms)
        return no_content(done.position)

    return await parts.idempotency.once(request, work)  # type: ignore[return-value]  # documented as: nothing


async def _view(parts: Parts, request: CallerRequest, webhook_id: UUID) -> WebhookView:
    return await webhook_view(parts.reader, await _the_webhook(parts, request, webhook_id))


async def _the_webhook(parts: Parts, request: CallerRequest, webhook_id: UUID) -> WebhookFound:
    found = await find_webhook(parts.reader, request.user.organization, webhook_id)
    if found is None:
        raise NotFound("webhook", webhook_id)
    return found


ROUTES: tuple[Any, ...] = (register, list_all, show, change, resume, rotate, send_test, remove)
