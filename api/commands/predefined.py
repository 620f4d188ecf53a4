"""What an organization begins with: the vendors' providers, without keys, and their current models."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, TypeAlias
from uuid import UUID, uuid5

from adapters.postgres.beginnings import ever_had_a_provider
from adapters.postgres.refusals import StreamMoved, UniquenessBroken
from adapters.postgres.store import Decided, Stream
from api.commands.caller import KEYROLL, Caller
from api.commands.core import MODEL, PROVIDER, Core
from domain.access import Role
from domain.errors import OrganizationGone
from domain.listing import ListedModel
from domain.model import predefine, stream_of
from domain.provider import CreateProvider, Endpoint, create
from domain.provider_type import ProviderType

CurrentModels: TypeAlias = Callable[[ProviderType, date], Sequence[ListedModel]]
"""A vendor's current models as they are known on a day."""

PREDEFINED: Final = (
    ("OpenAI", ProviderType.OPENAI),
    ("Anthropic", ProviderType.ANTHROPIC),
    ("Gemini", ProviderType.GEMINI),
)


def begin_roll(core: Core, organization: UUID, current_models: CurrentModels) -> bool:
    """Give an organization its first providers and models; False if it ever had a provider.

    Their streams follow from the organization's id, and all is one transaction: of several processes that
    start at once one does it, and what people change, rename or delete afterwards is never put back.
    """
    if ever_had_a_provider(core.store, organization):
        return False
    caller = Caller(organization, KEYROLL, Role.ADMIN, "first-start")
    now = core.now()
    try:
        core.append(caller, first_roll(organization, current_models, now), at=now)
    except (StreamMoved, UniquenessBroken, OrganizationGone):
        # Another process was faster, or a person who has begun with a provider of their own, or ended it all.
        return False
    return True


def first_roll(organization: UUID, current_models: CurrentModels, at: datetime) -> list[Decided]:
    """The first providers of an organization that has none, and the models that they have on that day."""
    return [
        decision
        for name, provider_type in PREDEFINED
        for decision in _decide(organization, name, provider_type, current_models(provider_type, at.date()))
    ]


def _decide(
    organization: UUID, name: str, provider_type: ProviderType, models: Sequence[ListedModel]
) -> Iterator[Decided]:
    provider_id = uuid5(organization, f"predefined provider {name}")
    endpoint = Endpoint(provider_type=provider_type, base_url=None)
    yield Decided(Stream(PROVIDER, provider_id), create(CreateProvider(name, endpoint, None)))
    for model in models:
        stream = Stream(MODEL, stream_of(provider_id, model.model_id))
        yield Decided(stream, predefine(provider_id, model))
