"""Calls that have ended, for those who take note of them."""

from typing import Any
from uuid import UUID, uuid5

from api.calls.observed import CallRecord
from api.calls.routing_view import Bearer
from domain.access import Role
from domain.call import Usage
from domain.conversation import Protocol
from domain.provider_type import ProviderType
from domain.routing import CalledModel, CalledProvider, Route, Rule

ORGANIZATION = UUID(int=1)
COUNTED = Usage(input=9, output=12, cached_input=3, cache_write=2, reasoning=5)


def bearer(name: str = "ci", organization: UUID = ORGANIZATION) -> Bearer:
    """Who bears a token of this name."""
    return Bearer(uuid5(organization, name), organization, name, Role.CALLER)


def route(
    model_id: str = "m1",
    provider: str = "Our box",
    provider_type: ProviderType = ProviderType.OPENAI_COMPLETIONS,
) -> Route:
    """To a model of a provider."""
    provider_id = uuid5(ORGANIZATION, provider)
    model = CalledModel(uuid5(provider_id, model_id), provider_id, model_id, active=True, stale=False)
    called = CalledProvider(
        provider_id, provider, provider_type, None, None, active=True, has_credential=True
    )
    return Route(model, called, Rule.MODEL_ID)


def ended_call(**fields: Any) -> CallRecord:
    """A stream of half a second that all went well with, but for what is told otherwise."""
    told: dict[str, Any] = {
        "request_id": "r-1",
        "protocol": Protocol.CHAT,
        "started": 100.0,
        "started_at": 1_795_000_000.0,
        "bearer": bearer(),
        "route": route(),
        "stream": True,
        "status": 200,
        "usage": COUNTED,
        "attempts": 1,
        "first_byte": 100.2,
        "overhead": 0.0004,
        "ended": 100.5,
        **fields,
    }
    return CallRecord(**told)


def refused_call(**fields: Any) -> CallRecord:
    """A call that was answered by nobody."""
    told = {"usage": Usage(), "first_byte": None, "overhead": None, "status": 400, "error": "invalid_request"}
    return ended_call(**{**told, **fields})
