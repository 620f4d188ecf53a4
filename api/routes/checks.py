"""/v1/llm-providers/check and …/{id}/check: does a key work, before anything depends on it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.commands.checks import CheckOutcome, CheckResult
from api.http import problems_list as kinds
from api.http.answers import answer
from api.http.problems import documented
from api.http.writes import READ
from api.routes.parts import CallerRequest, Parts
from domain.provider_type import ProviderType


class CheckKey(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A key to check where it would be used; nothing is stored."""

    provider_type: ProviderType
    api_key: str
    base_url: str | None = None

    def __repr__(self) -> str:
        return "CheckKey(…)"


class CheckView(msgspec.Struct, frozen=True):
    """What the check came to.

    ``valid``: the vendor takes this key and refuses a wrong one. ``unverified``: it does not tell them apart,
    or is too busy to say. ``rejected`` and ``unreachable``: as the message says. ``unsupported``: there is
    no key, or no listing that could tell.
    """

    result: CheckResult
    message: str | None
    models: int | None


@post(
    "/v1/llm-providers/check",
    status_code=200,
    responses=documented(*READ, kinds.INVALID, kinds.TOO_LARGE, kinds.MEDIA_TYPE),
)
async def check_unsaved(data: JSONBody[CheckKey], parts: NamedDependency[Parts]) -> Response[CheckView]:
    """Check a key that is not saved."""
    return _answer(await parts.checking.check_unsaved(data.provider_type, data.base_url, data.api_key))


@post(
    "/v1/llm-providers/{provider_id:uuid}/check",
    status_code=200,
    responses=documented(*READ, kinds.NOT_FOUND),
)
async def check(
    provider_id: FromPath[UUID], request: CallerRequest, parts: NamedDependency[Parts]
) -> Response[CheckView]:
    """Check the key that the provider is called with."""
    return _answer(await parts.checking.check_provider(request.user, provider_id))


def _answer(outcome: CheckOutcome) -> Response[CheckView]:
    return answer(CheckView(outcome.result, outcome.message, outcome.models))


ROUTES: tuple[Any, ...] = (check_unsaved, check)
