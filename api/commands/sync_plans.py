"""A listing as a run works with it: written in its normal form, kept, and held against the roll."""

from datetime import UTC, datetime
from typing import Final, NamedTuple, Self
from uuid import UUID

import msgspec

from adapters.postgres.listings import keep_listing
from adapters.postgres.model_rows import RollEntry, last_synced_at, roll_of_provider
from api.commands.core import Core
from domain.edits import Edits
from domain.listing import Listing, ModelFacts
from domain.model import Source
from domain.sync import Plan, plan
from domain.sync_roll import KnownModel, Written
from projections.models import facts_text

_SOURCES: Final = {source.value: source for source in Source}
_NO_EDITS: Final = "{}"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_QUOTED: Final = msgspec.json.Encoder()


class WrittenListing(NamedTuple):
    """A listing, and each model's facts as a row of the roll holds them."""

    listing: Listing
    facts: list[str]

    @classmethod
    def of(cls, listing: Listing) -> Self:
        """A listing with its facts written."""
        return cls(listing, [facts_text(model.facts) for model in listing.models])

    @property
    def normal_form(self) -> str:
        """The listing's JSON, in the order of the vendor's ids, without what has its default.

        So the same models make the same text, in whatever order they are listed.
        """
        ids = [model.model_id for model in self.listing.models]
        models = [
            f'{{"model_id":{_QUOTED.encode(model_id).decode()},"facts":{facts}}}'
            for model_id, facts in sorted(zip(ids, self.facts, strict=True))
        ]
        return f'{{"models":[{",".join(models)}]}}'


class KeptListing(NamedTuple):
    """A listing that can be read again under its digest."""

    written: WrittenListing
    digest: str


class Compared(NamedTuple):
    """A listing held against the roll.

    Attributes:
        plan: what it means.
        versions: the versions of the models that it changes, as it was held against them; new ones have none.
        latest: the last instant at which a model of the roll was seen.
    """

    plan: Plan
    versions: dict[UUID, int]
    latest: datetime


def keep(core: Core, listing: Listing) -> KeptListing:
    """Keep a listing, so that people can see what a run was told, and what it would mean today."""
    written = WrittenListing.of(listing)
    return KeptListing(written, keep_listing(core.store, written.normal_form, len(listing.models)))


def plan_listing(
    core: Core,
    written: WrittenListing,
    provider_id: UUID,
    sync_id: UUID,
    *,
    force: bool,
    done: Written | None = None,
) -> Compared:
    """What the listing means for the roll as it is now.

    Args:
        core: the use cases' parts.
        written: the listing.
        provider_id: whose it is.
        sync_id: the run.
        force: believe it in any case.
        done: what the run has written already.

    Raises:
        ListingError: the listing is empty or suspicious, and not forced.
    """
    last_synced = last_synced_at(core.store, provider_id)
    roll = {entry.model_id: entry for entry in roll_of_provider(core.store, provider_id, last_synced)}
    listing = written.listing
    confirmed = {
        model.model_id: model.facts
        for model, text in zip(listing.models, written.facts, strict=True)
        if (entry := roll.get(model.model_id)) is not None and entry.facts == text
    }
    planned = plan(
        listing,
        {model_id: _known(entry, confirmed.get(model_id)) for model_id, entry in roll.items()},
        provider_id=provider_id,
        sync_id=sync_id,
        last_synced_at=last_synced,
        force=force,
        written=done or Written(),
    )
    changing = ((model.stream, roll.get(model.events[0].model_id)) for model in planned.models)
    versions = {stream: entry.version for stream, entry in changing if entry is not None}
    found = (entry.found_at for entry in roll.values() if entry.found_at is not None)
    return Compared(planned, versions, max([last_synced or _NEVER, *found]))


def _known(entry: RollEntry, confirmed: ModelFacts | None) -> KnownModel:
    # Equal texts mean equal facts, and writing one costs a fraction of reading one: mostly, none is read.
    facts = confirmed or ModelFacts.model_validate_json(entry.facts)
    edits = None if entry.edits == _NO_EDITS else Edits.model_validate_json(entry.edits)
    return KnownModel(_SOURCES[entry.source], facts, entry.stale, entry.deleted, edits, entry.found_at)
