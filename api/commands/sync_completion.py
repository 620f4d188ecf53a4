"""The good end of a sync run: all that its listing changes, in chunks, and its completion with the last."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from adapters.postgres.model_rows import models_by_id
from adapters.postgres.store import Decided, Prepared, Stream
from adapters.postgres.write import Guard
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import MODEL, SYNC, Core, take_over_told, until_it_holds
from api.commands.providers import load_provider
from api.commands.sync_plans import Compared, KeptListing, plan_listing
from api.commands.sync_runs import Run
from domain.errors import Busy, NotFound
from domain.listing import ListingError, SyncFailure
from domain.sync import SyncCompleted, SyncCounts
from domain.sync_roll import Planned, Written
from projections.models import ModelRow

CHUNK: Final = 1_000
"""Models that are written at once. Whoever else writes waits for one chunk."""

_TICK: Final = timedelta(microseconds=1)


def complete_run(
    core: Core, caller: Caller, run: Run, listing: KeptListing, *, force: bool, terms: Terms = ANY_TERMS
) -> tuple[SyncCounts, int]:
    """Append all that the listing changes, at one instant, and the run's end with the last chunk.

    What others write to the same models meanwhile makes the rest be planned anew. If the process dies in
    between, some of the models are there and the next run finds the others missing.

    Raises:
        ListingError: the listing is not to be believed, or no longer this provider's, or the run was closed.
        Busy: for ten seconds others have let no chunk through.
    """
    completion = _Completion(core, caller, run, listing, terms, force)
    while True:
        before = len(completion.written)
        try:
            return until_it_holds(completion.go_on)
        except Busy:
            # A large run takes longer than that by itself: then a disturbance is no reason to give it up.
            if len(completion.written) == before:
                raise


@dataclass(slots=True)
class _Completion:
    """A completion under way. ``written`` and ``at`` outlive a round that others have disturbed."""

    core: Core
    caller: Caller
    run: Run
    listing: KeptListing
    terms: Terms
    force: bool
    written: list[Planned] = field(default_factory=list)
    at: datetime | None = None

    def go_on(self) -> tuple[SyncCounts, int]:
        """Plan what is left, and append it."""
        version = self._version_of_provider()
        compared = plan_listing(
            self.core,
            self.listing.written,
            self.run.provider.id,
            self.run.row.id,
            # A listing that was believed once is not refused half-way, whatever people do meanwhile.
            force=self.force or bool(self.written),
            done=Written.by(self.written),
        )
        if self.at is None:
            # Clocks differ and step back; the order of what is seen does not.
            self.at = max(self.core.now(), self.run.row.started_at, compared.latest + _TICK)
        # The second one for a lease that was lost: whoever has it now closes this run and begins another.
        guards = [
            Guard("provider_unchanged", self.run.provider.id, version),
            Guard("sync_running", self.run.row.id),
        ]
        rows = models_by_id(self.core.store, list(compared.versions))
        position = self._write(self._prepared(compared, rows, guards, self.at))
        return compared.plan.counts, position

    def _write(self, chunks: Iterator[tuple[Sequence[Planned], Prepared]]) -> int:
        """Append one after the other; each is prepared while PostgreSQL works on the one before it."""
        with take_over_told(), ThreadPoolExecutor(1) as writer:
            writing = writer.submit(self._put, *next(chunks))
            for chunk, prepared in chunks:
                writing.result()
                writing = writer.submit(self._put, chunk, prepared)
            return writing.result()

    def _put(self, chunk: Sequence[Planned], prepared: Prepared) -> int:
        appended = self.core.store.put(prepared)
        self.written.extend(chunk)
        return appended.position

    def _prepared(
        self, compared: Compared, rows: Mapping[UUID, ModelRow], guards: Sequence[Guard], at: datetime
    ) -> Iterator[tuple[Sequence[Planned], Prepared]]:
        prepare = partial(self.core.store.prepare, meta=self.caller.meta, occurred_at=at, guards=guards)
        *chunks, last = compared.plan.in_chunks(CHUNK)
        for chunk in chunks:
            yield chunk, prepare(_decided(chunk, compared, rows))
        end = [*_decided(last, compared, rows), self._end(compared)]
        yield last, prepare(end, claim=self.terms.claim)

    def _end(self, compared: Compared) -> Decided:
        row = self.run.row
        completed = SyncCompleted(
            provider_id=self.run.provider.id,
            provider_name=self.run.provider.name,
            counts=compared.plan.counts,
            listing_digest=self.listing.digest,
            protected=compared.plan.protected,
        )
        return Decided(Stream(SYNC, row.id, row.version, None, row), (completed,))

    def _version_of_provider(self) -> int:
        if (
            self.at is not None
            and self.core.store.load(SYNC, self.run.row.id).version != self.run.row.version
        ):
            raise ListingError(SyncFailure.ABANDONED, "Another process took the run for dead, and closed it.")
        try:
            stream, _, state = load_provider(self.core, self.caller, self.run.provider.id)
        except NotFound:
            deleted = "The provider was deleted while it was asked."
            raise ListingError(SyncFailure.ABANDONED, deleted) from None
        if state.endpoint != self.run.state.endpoint:
            changed = "The provider's address or type changed while it was asked. Sync again."
            raise ListingError(SyncFailure.ABANDONED, changed)
        return stream.version


def _decided(chunk: Sequence[Planned], compared: Compared, rows: Mapping[UUID, ModelRow]) -> list[Decided]:
    # The version is the one that the plan saw: if the row is newer, the append is refused.
    return [
        Decided(Stream(MODEL, id_, compared.versions.get(id_, 0), None, rows.get(id_)), events)
        for id_, events in chunk
    ]
