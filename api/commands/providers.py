"""Create, change and delete providers, with the keys that belong to them."""

from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.appending import Appending
from adapters.postgres.model_rows import models_of_provider
from adapters.postgres.store import Decided, Stream
from adapters.postgres.write import Guard
from adapters.vault.sealed_key import SealedKey
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import MODEL, PROVIDER, Core, Done, name_taken_told, take_over_told, until_it_holds
from api.commands.keys import key_is_sound
from api.commands.provider_keys import (
    destroyed_by,
    refuse_a_key_in_the_clear,
    refuse_the_stored_key_in_the_clear,
    seal_key,
)
from api.commands.simulators import refuse_simulator
from domain import catalog, names
from domain.catalog import Catalog
from domain.change import KEEP, Change, kept
from domain.errors import NotFound
from domain.model import go_with_provider
from domain.provider import (
    ChangeProvider,
    CreateProvider,
    Endpoint,
    KeyRotated,
    Provider,
    Status,
    change,
    create,
    delete,
)
from domain.provider_type import ProviderType
from projections.providers import ProviderRow


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What a person asks to change, as typed; ``api_key`` None removes the key."""

    name: Change[str] = KEEP
    provider_type: Change[ProviderType] = KEEP
    base_url: Change[str | None] = KEEP
    api_key: Change[str | None] = KEEP
    status: Change[Status] = KEEP


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A provider that was decided on and is not yet in the log."""

    id: UUID
    name: str
    decided: Decided
    sealed: SealedKey | None


def decide_on_provider(
    core: Core,
    caller: Caller,
    *,
    name: str,
    provider_type: ProviderType,
    base_url: str | None = None,
    api_key: str | None = None,
) -> NewProvider:
    """A new provider of the caller's organization, decided on without asking the database.

    Raises:
        Invalid: a field breaks its rule.
    """
    provider_id = core.new_id()
    key = None if api_key is None else names.api_key(api_key)
    name = names.name(name)
    base_url = None if base_url is None else names.base_url(base_url)
    endpoint = Endpoint(provider_type=provider_type, base_url=base_url)
    refuse_simulator(core, endpoint, key)
    refuse_a_key_in_the_clear(key, name, base_url)
    sealed, mark = seal_key(core, caller, provider_id, key)
    events = create(CreateProvider(name, endpoint, mark))
    return NewProvider(provider_id, name, Decided(Stream(PROVIDER, provider_id), events), sealed)


def create_provider(
    core: Core,
    caller: Caller,
    *,
    name: str,
    provider_type: ProviderType,
    base_url: str | None = None,
    api_key: str | None = None,
) -> Done[ProviderRow]:
    """Add a provider to the caller's organization.

    Raises:
        Invalid: a field breaks its rule.
        NameTaken: the organization has a provider of this name.
    """
    new = decide_on_provider(
        core, caller, name=name, provider_type=provider_type, base_url=base_url, api_key=api_key
    )
    with name_taken_told("provider", new.name):
        position, rows = core.append(caller, [new.decided], sealed=new.sealed)
    return Done(rows[new.id], position)


async def create_provider_at_once(
    core: Core, appending: Appending, caller: Caller, new: NewProvider, terms: Terms = ANY_TERMS
) -> Done[ProviderRow]:
    """Add a provider from the event loop. It loads nothing, so it needs no thread.

    Raises:
        NameTaken: the organization has a provider of this name.
        RequestTakenOver: the request's claim is another's now. Nothing was written.
    """
    prepared = core.store.prepare(
        [new.decided], caller.meta, core.now(), sealed=new.sealed, claim=terms.claim
    )
    with name_taken_told("provider", new.name), take_over_told():
        appended = await appending.put(prepared)
    return Done(appended.rows[new.id], appended.position)


def change_provider(
    core: Core, caller: Caller, provider_id: UUID, wanted: ProviderChange, terms: Terms = ANY_TERMS
) -> Done[ProviderRow]:
    """Change some fields; a key that is replaced or removed is destroyed in the same transaction.

    Raises:
        NotFound: the organization has no such provider.
        VersionMismatch: it is not at the version that the terms ask for.
        Invalid: a field breaks its rule.
        NameTaken: the organization has another provider of this name.
    """
    key = None if wanted.api_key is KEEP or wanted.api_key is None else names.api_key(wanted.api_key)
    name = wanted.name if wanted.name is KEEP else names.name(wanted.name)
    base_url = _address(wanted.base_url)
    refuse_a_key_in_the_clear(key, *(text for text in (name, base_url) if text is not KEEP))

    def decide() -> Done[ProviderRow]:
        stream, row, state = load_provider(core, caller, provider_id)
        terms.check(stream.version)
        endpoint = Endpoint(
            provider_type=kept(wanted.provider_type, state.endpoint.provider_type),
            base_url=kept(base_url, state.endpoint.base_url),
        )
        if endpoint != state.endpoint or key is not None:
            refuse_simulator(core, endpoint, key)
        refuse_the_stored_key_in_the_clear(core, row, name, base_url)
        sealed, mark = seal_key(core, caller, provider_id, key)
        key_change = KEEP if wanted.api_key is KEEP else mark
        command = ChangeProvider(
            name,
            wanted.provider_type,
            base_url,
            key_change,
            wanted.status,
            key_lost=key is not None and not key_is_sound(core, row),
        )
        events = change(state, command)
        rotated = any(isinstance(event, KeyRotated) for event in events)
        position, rows = core.append(
            caller,
            [Decided(stream, events)],
            terms,
            sealed=sealed if rotated else None,
            destroyed=destroyed_by(events),
        )
        return Done(rows.get(provider_id, row), position)

    with name_taken_told("provider", str(name)):
        return until_it_holds(decide)


def delete_provider(core: Core, caller: Caller, provider_id: UUID, terms: Terms = ANY_TERMS) -> Done[None]:
    """Delete a provider with its models and its key; the default goes too if it was one of the models.

    Raises:
        NotFound: the organization has no such provider.
        VersionMismatch: it is not at the version that the terms ask for.
    """

    def decide() -> Done[None]:
        stream, _, state = load_provider(core, caller, provider_id)
        terms.check(stream.version)
        events = delete(state)
        catalog_stream = core.catalog(caller.organization)
        let_go = catalog.let_go_of_provider(catalog_stream.state or Catalog(), provider_id)
        models = [row for row in models_of_provider(core.store, provider_id) if not row.deleted]
        guards = [Guard("provider_has_no_other_model", provider_id, len(models))]
        if not let_go:
            guards.append(Guard("provider_has_no_default", provider_id))
        gone = [
            Decided(
                Stream(MODEL, row.id, row.version, None, row),
                (go_with_provider(provider_id, row.model_id),),
            )
            for row in models
        ]
        position, _ = core.append(
            caller,
            [Decided(catalog_stream, let_go), *gone, Decided(stream, events)],
            terms,
            guards=guards,
            destroyed=destroyed_by(events),
        )
        return Done(None, position)

    return until_it_holds(decide)


def load_provider(
    core: Core, caller: Caller, provider_id: UUID
) -> tuple[Stream[Provider, ProviderRow], ProviderRow, Provider]:
    """A live provider of the caller's organization.

    Raises:
        NotFound: there is none with this id; another organization's answers the same.
    """
    stream = core.store.load(PROVIDER, provider_id)
    row, state = stream.row, stream.state
    if row is None or state is None or row.organization != caller.organization:
        raise NotFound("provider", provider_id)
    return stream, row, state


def _address(typed: Change[str | None]) -> Change[str | None]:
    return typed if typed is KEEP or typed is None else names.base_url(typed)
