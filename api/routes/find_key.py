"""/v1/audit-events/find-key: is this key one of ours?"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.commands.caller import Terms
from api.commands.key_search import find_key
from api.http.answers import answer
from api.http.problems import documented
from api.http.writes import WRITE, IdempotencyKey
from api.routes.parts import CallerRequest, Parts


class FindKey(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The key to look for, as it was found somewhere."""

    api_key: str

    def __repr__(self) -> str:
        return "FindKey(…)"


class KeyUseView(msgspec.Struct, frozen=True):
    """A provider's time with the key. ``ended_at`` null: the provider has it still, so rotate it now.

    ``provider_name`` is the name it had then; the positions are those of the audit events.
    ``ended_because`` is replaced, asked (a person removed it), endpoint_changed, or provider_deleted.
    """

    provider_id: UUID
    provider_name: str
    hint: str
    set_at: datetime
    set_by: str
    set_position: int
    ended_at: datetime | None
    ended_by: str | None
    ended_position: int | None
    ended_because: str | None


class KeySearchView(msgspec.Struct, frozen=True):
    """What is known of the key: ``found`` if a provider of the organization has it or had it."""

    found: bool
    in_use: bool
    fingerprint: str
    uses: list[KeyUseView]


@post(
    "/v1/audit-events/find-key",
    status_code=200,
    responses=documented(*WRITE),
)
async def find(
    data: JSONBody[FindKey],
    request: CallerRequest,
    parts: NamedDependency[Parts],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001  # read by Idempotency, named for the description
) -> Response[KeySearchView]:
    """Which providers have this key or had it, from when to when; deleted providers count too.

    The key is compared by its keyed fingerprint and kept nowhere. The question is an event of the log.
    """

    async def work(terms: Terms) -> Response[KeySearchView]:
        found = await find_key(parts.core, parts.reader, request.user, data.api_key, terms)
        uses = [KeyUseView(*use) for use in found.uses]
        in_use = any(use.ended_at is None for use in uses)
        view = KeySearchView(bool(uses), in_use, found.fingerprint, uses)
        return answer(view, position=found.position)

    return await parts.idempotency.once(request, work)


ROUTES: tuple[Any, ...] = (find,)
