"""Take a provider or a model back to an earlier version: by new events, never by a rewrite."""

from collections.abc import Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from adapters.postgres.store import Aggregate, Decided, Stream, fold_stream
from adapters.postgres.write import Guard
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import MODEL, PROVIDER, Core, Done, name_taken_told, until_it_holds
from api.commands.provider_keys import destroyed_by, refuse_the_stored_key_in_the_clear
from api.commands.providers import load_provider
from api.commands.simulators import refuse_simulator
from domain import catalog
from domain.catalog import Catalog
from domain.errors import Invalid, NotFound, ProviderGone
from domain.event import Recorded
from domain.revert import NotRestored, revert_model, revert_provider
from projections.models import ModelRow
from projections.providers import ProviderRow

State = TypeVar("State")
Row = TypeVar("Row", bound=NamedTuple)


class Reverted(NamedTuple, Generic[Row]):
    """The row as it is now, and what is not what it was."""

    row: Row
    not_restored: tuple[NotRestored, ...]


_NAMES: Final = {PROVIDER.read_model.table: "provider", MODEL.read_model.table: "model"}


class _Both(NamedTuple, Generic[State, Row]):
    """An object today, and the state that it had."""

    today: Stream[State, Row]
    state: State
    then: State


def revert_provider_to(
    core: Core, caller: Caller, provider_id: UUID, version: int, terms: Terms = ANY_TERMS
) -> Done[Reverted[ProviderRow]]:
    """Make a provider again what it was at a version of its own history, but for a destroyed key.

    Raises:
        NotFound: the organization never had such a provider.
        ProviderGone: it is deleted.
        Invalid: it has no such version, or was a simulator then, which may not be here.
        VersionMismatch: it is not at the version that the terms ask for.
        NameTaken: another provider bears the name that it had.
    """

    def decide() -> Done[Reverted[ProviderRow]]:
        today, now, then = _load(core, caller, PROVIDER, provider_id, version)
        if today.row is None:
            raise ProviderGone
        terms.check(today.version)
        if then.endpoint != now.endpoint:
            refuse_simulator(core, then.endpoint, None)
        refuse_the_stored_key_in_the_clear(core, today.row, then.name, then.endpoint.base_url)
        reversal = revert_provider(now, then)
        destroyed = destroyed_by(reversal.events)
        with name_taken_told("provider", then.name):
            position, rows = core.append(
                caller, [Decided(today, reversal.events)], terms, destroyed=destroyed
            )
        return Done(Reverted(rows.get(provider_id, today.row), reversal.not_restored), position)

    return until_it_holds(decide)


def revert_model_to(
    core: Core, caller: Caller, model_id: UUID, version: int, terms: Terms = ANY_TERMS
) -> Done[Reverted[ModelRow]]:
    """Make a model again what it was at a version of its own history, but for what its vendor says.

    A deleted model comes back; one that was deleted then goes again, and with it its being the default.

    Raises:
        NotFound: the organization never had such a model.
        ProviderGone: its provider is deleted.
        Invalid: it has no such version.
        VersionMismatch: it is not at the version that the terms ask for.
    """

    def decide() -> Done[Reverted[ModelRow]]:
        today, now, then = _load(core, caller, MODEL, model_id, version)
        terms.check(today.version)
        reversal = revert_model(now, then)
        decided, guards = [Decided(today, reversal.events)], [Guard("provider_exists", now.provider_id)]
        if then.deleted:
            let_go, guards = _let_go(core, caller, model_id)
            decided.insert(0, let_go)
        elif now.deleted:
            _refuse_without_provider(core, caller, now.provider_id)
        position, rows = core.append(caller, decided, terms, guards=guards)
        row = cast("ModelRow", rows.get(model_id, today.row))  # a model's row stays, as a tombstone
        return Done(Reverted(row, reversal.not_restored), position)

    return until_it_holds(decide)


def _let_go(core: Core, caller: Caller, model_id: UUID) -> tuple[Decided, list[Guard]]:
    """The end of a model's being the default."""
    stream = core.catalog(caller.organization)
    events = catalog.let_go(stream.state or Catalog(), model_id, "model_deleted")
    return Decided(stream, events), [] if events else [Guard("model_not_default", model_id)]


def _refuse_without_provider(core: Core, caller: Caller, provider_id: UUID) -> None:
    try:
        load_provider(core, caller, provider_id)
    except NotFound:
        raise ProviderGone from None


def _load(
    core: Core, caller: Caller, aggregate: Aggregate[State, Row], stream_id: UUID, version: int
) -> _Both[State, Row]:
    """An object of the caller's organization, deleted or not, as it is and as it was."""
    history = cast("list[Recorded[Any]]", list(core.store.events.get(stream_id)))
    follows = aggregate.read_model.follows
    if not history or not isinstance(history[0].event, follows) or _foreign(history, caller):
        raise NotFound(_NAMES[aggregate.read_model.table], stream_id)
    today = fold_stream(aggregate, stream_id, history)
    if not 1 <= version <= today.version:
        raise Invalid("version", f"must be one of the object's versions, 1 to {today.version}")
    then = fold_stream(aggregate, stream_id, history[:version])
    if today.state is None or then.state is None:
        raise LookupError("a stream that has events has a state")
    return _Both(today, today.state, then.state)


def _foreign(history: Sequence[Recorded[Any]], caller: Caller) -> bool:
    return history[0].meta.organization != caller.organization
