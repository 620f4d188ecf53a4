"""Add, change and delete models, and choose the default one."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres.model_rows import last_synced_at
from adapters.postgres.store import Decided, Stream
from adapters.postgres.write import Guard
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import MODEL, Core, Done, until_it_holds
from api.commands.providers import load_provider
from domain import catalog
from domain.catalog import Catalog, DefaultModel, DefaultModelChanged
from domain.errors import ModelExists, ModelNotSelectable, NotFound
from domain.listing import ModelFacts
from domain.model import AddModel, ChangeModel, Model, add, change, delete, evolve, stream_of
from domain.provider import Status
from projections.models import ModelRow


def add_model(
    core: Core,
    caller: Caller,
    provider_id: UUID,
    model_id: str,
    facts: ModelFacts,
    terms: Terms = ANY_TERMS,
) -> Done[ModelRow]:
    """Put a model on the roll by hand; one that was deleted comes back with its history.

    Raises:
        NotFound: the organization has no such provider.
        ModelExists: the provider has a model with this id.
    """

    def decide() -> Done[ModelRow]:
        load_provider(core, caller, provider_id)
        stream = core.store.load(MODEL, stream_of(provider_id, model_id))
        events = add(stream.state, AddModel(provider_id, model_id, facts))
        if not events:
            raise ModelExists(stream.id, model_id)
        guards = [Guard("provider_exists", provider_id)]
        position, rows = core.append(caller, [Decided(stream, events)], terms, guards=guards)
        return Done(rows[stream.id], position)

    return until_it_holds(decide)


def change_model(
    core: Core,
    caller: Caller,
    model_id: UUID,
    wanted: ChangeModel,
    *,
    is_default: bool | None = None,
    terms: Terms = ANY_TERMS,
) -> Done[ModelRow]:
    """Change a model's name, capabilities or status, and whether it is the default (None: leave that).

    Raises:
        NotFound: the organization has no such model.
        VersionMismatch: it is not at the version that the terms ask for.
        ModelNotSelectable: it should become the default, and is stale, or it or its provider is disabled.
    """

    def decide() -> Done[ModelRow]:
        stream, row, state = _load_model(core, caller, model_id)
        terms.check(stream.version)
        events = change(state, wanted)
        decided = [Decided(stream, events)]
        guards: list[Guard] = []
        if is_default is not None:
            after = state
            for event in events:
                after = evolve(after, event)
            chosen, guards = _choose(core, caller, row, after, is_default=is_default)
            guards.append(Guard("model_unchanged", model_id, stream.version))
            decided.append(chosen)
        position, rows = core.append(caller, decided, terms, guards=guards)
        return Done(rows.get(model_id, row), position)

    return until_it_holds(decide)


def delete_model(core: Core, caller: Caller, model_id: UUID, terms: Terms = ANY_TERMS) -> Done[None]:
    """Delete a model; a sync does not bring it back. If it was the default, there is none then.

    Raises:
        NotFound: the organization has no such model.
        VersionMismatch: it is not at the version that the terms ask for.
    """

    def decide() -> Done[None]:
        stream, _, state = _load_model(core, caller, model_id)
        terms.check(stream.version)
        catalog_stream = core.catalog(caller.organization)
        let_go = catalog.let_go(catalog_stream.state or Catalog(), model_id, "model_deleted")
        guards = () if let_go else (Guard("model_not_default", model_id),)
        position, _ = core.append(
            caller, [Decided(catalog_stream, let_go), Decided(stream, delete(state))], terms, guards=guards
        )
        return Done(None, position)

    return until_it_holds(decide)


def _choose(
    core: Core, caller: Caller, row: ModelRow, state: Model, *, is_default: bool
) -> tuple[Decided, list[Guard]]:
    stream = core.catalog(caller.organization)
    today = stream.state or Catalog()
    events: Sequence[DefaultModelChanged]
    if not is_default:
        return Decided(stream, catalog.let_go(today, row.id, "cleared")), []
    _, provider, _ = load_provider(core, caller, state.provider_id)
    if state.status is Status.DISABLED:
        raise ModelNotSelectable(state.model_id, "it is disabled, so enable it first")
    if row.is_stale(last_synced_at(core.store, state.provider_id)):
        raise ModelNotSelectable(state.model_id, "its provider does not list it any more")
    if provider.status == Status.DISABLED:
        raise ModelNotSelectable(
            state.model_id, f"its provider {provider.name!r} is disabled, so enable that first"
        )
    events = catalog.choose(
        today, DefaultModel(id=row.id, provider_id=state.provider_id, model_id=state.model_id)
    )
    return Decided(stream, events), [Guard("provider_active", state.provider_id)]


def _load_model(
    core: Core, caller: Caller, model_id: UUID
) -> tuple[Stream[Model, ModelRow], ModelRow, Model]:
    stream = core.store.load(MODEL, model_id)
    row, state = stream.row, stream.state
    if row is None or state is None or row.deleted or row.organization != caller.organization:
        raise NotFound("model", model_id)
    return stream, row, state
