"""A run's kept listing, planned once more on the roll as it was when the run began."""

from typing import NamedTuple
from uuid import UUID

from adapters.postgres.listings import kept_listing
from adapters.postgres.queries.past_rolls import PastRoll, roll_before
from adapters.postgres.queries.run_events import events_of_run
from adapters.postgres.queries.syncs import find_any_sync
from adapters.postgres.reader import Reader
from domain.errors import KeyrollError, NotFound
from domain.listing import Listing, ListingError
from domain.sync import SyncCounts, plan
from projections.sync_diffs import ModelDiff, model_diffs
from projections.syncs import SyncRow


class NothingToReplay(KeyrollError):
    """The run kept no listing."""

    def __init__(self, sync_id: UUID) -> None:
        super().__init__(
            f"The run {sync_id} kept no listing: it had none, or died before it could tell of it."
        )


class Result(NamedTuple):
    """What a run came to: why it failed, if it did, its counts, and what became of the models."""

    code: str | None
    message: str | None
    counts: SyncCounts
    models: list[ModelDiff]


class Replay(NamedTuple):
    """A run, what it did, its end's position, and what the replay of its listing comes to."""

    run: SyncRow
    position: int | None
    did: Result
    would: Result

    @property
    def difference(self) -> str | None:
        """The first difference between what the run did and what the replay says; None: they are equal."""
        if self.did.code != self.would.code:
            did_so, would_so = self.did.code or "success", self.would.code or "success"
            return f"the run ended with {did_so}, the replay with {would_so}"
        did = {model.model_id: model for model in self.did.models}
        would = {model.model_id: model for model in self.would.models}
        for model_id in sorted({*did, *would}):
            if did.get(model_id) != would.get(model_id):
                return (
                    f"{model_id}: the run {_told(did.get(model_id))}, the replay {_told(would.get(model_id))}"
                )
        if self.did.counts != self.would.counts:
            return f"the run counted {self.did.counts!r}, the replay {self.would.counts!r}"
        return None


async def replay_run(reader: Reader, sync_id: UUID) -> Replay:
    """Replay a run. A listing that was believed, perhaps because it was forced, is believed again.

    Raises:
        NotFound: there is no such run.
        NothingToReplay: it kept no listing.
    """
    run = await find_any_sync(reader, sync_id)
    if run is None:
        raise NotFound("sync", sync_id)
    kept = None if run.listing_digest is None else await kept_listing(reader, run.listing_digest)
    if kept is None:
        raise NothingToReplay(sync_id)
    events = await events_of_run(reader, sync_id)
    counts = SyncCounts(created=run.created, updated=run.updated, changed=run.changed, stale=run.stale)
    did = Result(run.code, run.message, counts, model_diffs(run.provider_id, events.models, events.protected))
    roll = await roll_before(reader, run.provider_id, events.began)
    return Replay(run, events.ended, did, _planned(run, Listing.model_validate_json(kept), roll))


def _planned(run: SyncRow, listing: Listing, roll: PastRoll) -> Result:
    try:
        planned = plan(
            listing,
            roll.models,
            provider_id=run.provider_id,
            sync_id=run.id,
            last_synced_at=roll.last_synced_at,
            force=run.code is None,
        )
    except ListingError as error:
        return Result(error.failure.value, error.message, SyncCounts(), [])
    events = [event for model in planned.models for event in model.events]
    return Result(None, None, planned.counts, model_diffs(run.provider_id, events, planned.protected))


def _told(model: ModelDiff | None) -> str:
    if model is None:
        return "left it alone"
    fields = {name: tuple(change) for name, change in model.fields.items()}
    word = "" if model.protected is None else f", protected: {model.protected.reason}"
    return f"has it {model.change} {fields}{word}"
