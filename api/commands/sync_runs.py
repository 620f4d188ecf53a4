"""The start of a sync run, and its end in failure."""

from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.model_rows import running_sync
from adapters.postgres.store import Decided, Stream
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import SYNC, Core, until_it_holds
from api.commands.providers import load_provider
from domain.listing import ListingError, SyncFailure
from domain.provider import Provider
from domain.sync import SyncFailed, SyncStarted, Trigger
from projections.providers import ProviderRow
from projections.syncs import SyncRow

_DIED: Final = ListingError(
    SyncFailure.ABANDONED,
    "The run was cut short: its process ended or lost its hold on it, or an error of ours came in between. "
    "Nothing was lost: the next one does it all.",
)


class Run(NamedTuple):
    """A run under way, and the provider as it was when the run began."""

    row: SyncRow
    provider: ProviderRow
    state: Provider


def start_run(core: Core, caller: Caller, provider_id: UUID, trigger: Trigger) -> Run:
    """Begin a run, under the provider's lease. So a run that is still marked as running has died: close it.

    Raises:
        NotFound: the organization has no such provider.
    """
    _, provider, state = load_provider(core, caller, provider_id)
    close_dead_run(core, caller, provider_id)
    stream = Stream(SYNC, core.new_id())
    started = SyncStarted(provider_id=provider_id, provider_name=provider.name, trigger=trigger)
    # Clocks differ: a run is never dated before the change of the provider that it follows.
    begins = max(core.now(), provider.updated_at)
    _, rows = core.append(caller, [Decided(stream, (started,))], at=begins)
    return Run(rows[stream.id], provider, state)


def close_dead_run(core: Core, caller: Caller, provider_id: UUID) -> None:
    """Close the run of a process that died. To be called under the provider's lease."""
    dead = running_sync(core.store, provider_id)
    if dead is not None:
        fail_run(core, caller, dead, _DIED)


def fail_run(
    core: Core,
    caller: Caller,
    run: SyncRow,
    error: ListingError,
    terms: Terms = ANY_TERMS,
    *,
    listing_digest: str | None = None,
) -> int | None:
    """End a run that does not complete; a run that has ended stays as it is.

    ``listing_digest``: the listing, if there was a whole one.
    """

    def decide() -> int | None:
        stream = core.store.load(SYNC, run.id)
        state = stream.state
        if state is None or state.status != "running":
            return None
        failed = SyncFailed(
            provider_id=state.provider_id,
            provider_name=state.provider_name,
            failure=error.failure,
            message=error.message,
            listing_digest=listing_digest,
        )
        position, _ = core.append(caller, [Decided(stream, (failed,))], terms)
        return position

    return until_it_holds(decide)


def abandon_run(core: Core, caller: Caller, run: SyncRow) -> None:
    """End a run that an error of ours cut short."""
    fail_run(core, caller, run, _DIED)
