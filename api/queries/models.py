"""Models as the API shows them: what a person set wins over what the vendor says."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from adapters.postgres.queries.models import ModelFound
from api.commands.keys import EnvironmentKeys
from domain.edits import Edits
from domain.listing import ModelFacts, ModelKind
from domain.model import Source
from domain.prices import Prices
from domain.provider import Status
from domain.provider_type import ProviderType, no_credential

Origin: TypeAlias = Literal["listing", "catalogue", "operator"]

_METADATA: Final = tuple(
    field for field in ModelFacts.model_fields if field not in ("capabilities", "from_catalogue")
)


class PricesView(msgspec.Struct, frozen=True):
    """US dollars per million tokens, as decimal texts, for the shortest prompts; null: nobody says."""

    input: str | None
    output: str | None
    cached_input: str | None
    cache_write: str | None


class ModelView(msgspec.Struct, frozen=True):
    """A model. ``id`` is Keyroll's, ``model_id`` the vendor's; null: nobody says.

    ``context_window`` and ``max_output_tokens`` are in tokens. ``last_seen_at`` is the last sync that the
    model was listed in; only discovered models have it. ``sources`` tells who says what is known: the
    vendor's listing, the catalogue that comes with Keyroll, or an operator, whose word comes first. A
    capability is named there as ``capabilities.vision``.
    """

    id: UUID
    provider_id: UUID
    provider_name: str
    provider_status: Status
    model_id: str
    display_name: str
    source: Source
    status: Status
    is_default: bool
    stale: bool
    last_seen_at: datetime | None
    kind: ModelKind
    description: str | None
    context_window: int | None
    max_output_tokens: int | None
    input_modalities: list[str] | None
    output_modalities: list[str] | None
    capabilities: dict[str, bool]
    edited_capabilities: dict[str, bool]
    owned_by: str | None
    released_at: datetime | None
    retires_at: datetime | None
    prices: PricesView | None
    sources: dict[str, Origin]
    created_at: datetime
    updated_at: datetime
    version: int


class DefaultView(msgspec.Struct, frozen=True):
    """The default model. ``reason`` says why there is none, or why it cannot be used now."""

    model: ModelView | None
    usable: bool
    reason: str | None


def model_view(found: ModelFound) -> ModelView:
    """The answer for one model."""
    row = found.row
    facts = ModelFacts.model_validate_json(row.facts)
    edits = Edits.model_validate_json(row.edits)
    discovered = row.source == Source.DISCOVERED
    return ModelView(
        id=row.id,
        provider_id=row.provider_id,
        provider_name=found.provider_name,
        provider_status=Status(found.provider_status),
        model_id=row.model_id,
        display_name=row.display_name or row.model_id,
        source=Source(row.source),
        status=Status(row.status),
        is_default=found.is_default,
        stale=found.stale,
        last_seen_at=_last_seen_at(found) if discovered else None,
        kind=facts.kind,
        description=facts.description,
        context_window=edits.context_window or facts.context_window,
        max_output_tokens=edits.max_output_tokens or facts.max_output_tokens,
        input_modalities=_listed(facts.input_modalities),
        output_modalities=_listed(facts.output_modalities),
        capabilities={**facts.capabilities, **edits.capabilities},
        edited_capabilities=edits.capabilities,
        owned_by=facts.owned_by,
        released_at=facts.released_at,
        retires_at=row.retires_at,
        prices=_prices(edits.prices or facts.prices),
        sources=sources_of(Source(row.source), facts, edits),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _last_seen_at(found: ModelFound) -> datetime | None:
    """The last sync that listed it; one that died half-way has seen it too."""
    known = [at for at in (found.row.last_seen_at, found.last_synced_at) if at is not None]
    return found.row.last_seen_at if found.stale else max(known, default=None)


def sources_of(source: Source, facts: ModelFacts, edits: Edits) -> dict[str, Origin]:
    """Who says what is known of a model, by field."""
    origin: Origin = "operator" if source is Source.MANUAL else "listing"
    sources: dict[str, Origin] = dict.fromkeys(_stated(facts), origin)
    sources.update(dict.fromkeys(facts.from_catalogue, "catalogue"))
    sources.update(dict.fromkeys(_stated(edits), "operator"))
    return sources


def _stated(said: ModelFacts | Edits) -> Iterator[str]:
    """The fields that say something; each capability is one."""
    for field in _METADATA:
        value = getattr(said, field, None)
        if value is not None and value is not ModelKind.UNKNOWN:
            yield field
    for capability in said.capabilities:
        yield f"capabilities.{capability}"


def _prices(prices: Prices | None) -> PricesView | None:
    if prices is None:
        return None
    return PricesView(prices.input, prices.output, prices.cached_input, prices.cache_write)


def default_view(found: ModelFound | None, environment_keys: EnvironmentKeys) -> DefaultView:
    """The answer to: which is the default, and can it be used now."""
    if found is None:
        return DefaultView(
            None, usable=False, reason="No default is set. PATCH a model with is_default: true."
        )
    reason = None
    if found.row.status == Status.DISABLED:
        reason = "The model is disabled."
    elif found.provider_status == Status.DISABLED:
        reason = f"Its provider {found.provider_name!r} is disabled."
    elif not _has_key(found, environment_keys):
        reason = f"Its provider {found.provider_name!r} {no_credential(ProviderType(found.provider_type))}"
    elif found.stale:
        reason = "Its provider does not list it any more."
    return DefaultView(model_view(found), usable=reason is None, reason=reason)


def _has_key(found: ModelFound, environment_keys: EnvironmentKeys) -> bool:
    """Whether a call can be made at all; a server of one's own may want no key."""
    return (
        found.provider_has_key
        or found.provider_base_url is not None
        or ProviderType(found.provider_type) in environment_keys
    )


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)
