"""/v1/tokens: who may use the API."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.postgres.queries.tokens import page_of_tokens
from api.commands.caller import Terms
from api.commands.tokens import issue_token, revoke_token
from api.http import problems_list as kinds
from api.http.answers import answer, no_content
from api.http.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, page
from api.http.problems import documented
from api.http.writes import READ, WRITE, IdempotencyKey
from api.queries.tokens import IssuedTokenView, TokenView, issued_token_view, token_view
from api.routes.parts import CallerRequest, Parts
from domain.access import Role


class IssueToken(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A token to issue. Its name stands in the audit trail for whoever uses it."""

    name: str
    role: Role


@post("/v1/tokens", responses=documented(*WRITE, kinds.NAME_TAKEN))
async def issue(
    data: JSONBody[IssueToken],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[IssuedTokenView]:
    """Issue a token. The answer holds it, and nothing else ever will."""

    async def work(terms: Terms) -> Response[IssuedTokenView]:
        done = await asyncio.to_thread(
            issue_token, parts.core, request.user, name=data.name, role=data.role, terms=terms
        )
        view = issued_token_view(done.row.row, done.row.token.reveal())
        return answer(view, status=201, position=done.position)

    return await parts.idempotency.once(request, work, shown_once="token")


@get("/v1/tokens", responses=documented(*READ))
async def list_all(
    request: CallerRequest, parts: NamedDependency[Parts], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[Page[TokenView]]:
    """The organization's live tokens, oldest first."""
    after = decode_cursor(cursor, UUID) or UUID(int=0)
    found = await page_of_tokens(parts.reader, request.user.organization, after=after, limit=limit + 1)
    return answer(page(found, limit, token_view, lambda row: row.id))


@delete("/v1/tokens/{token_id:uuid}", responses=documented(*WRITE, kinds.NOT_FOUND, kinds.LAST_ADMIN))
async def revoke(
    token_id: FromPath[UUID],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> None:
    """Revoke a token; it opens nothing from the next request on."""

    async def work(terms: Terms) -> Response[None]:
        done = await asyncio.to_thread(revoke_token, parts.core, request.user, token_id, terms)
        return no_content(done.position)

    return await parts.idempotency.once(request, work)  # type: ignore[return-value]  # documented as: nothing


ROUTES: tuple[Any, ...] = (issue, list_all, revoke)
