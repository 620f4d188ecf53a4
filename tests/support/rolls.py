"""A provider's models in memory, brought forward by plans as a sync does it, and random listings of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from domain.edits import Edits
from domain.listing import ListedModel, Listing, ModelFacts
from domain.model import Model, ModelAdded, ModelEvent, Source, evolve, stream_of
from domain.sync import Plan, plan
from domain.sync_roll import KnownModel, Written
from tests.support.examples import PROVIDER_ID, SYNC_ID

NOTHING: Final = Written()
MODEL_IDS: Final = tuple("abcdefgh")
SOME_FACTS: Final = st.builds(ModelFacts, context_window=st.integers(1, 2))


def listing(models: Mapping[str, ModelFacts]) -> Listing:
    """A listing of these models."""
    return Listing(
        models=tuple(ListedModel(model_id=model_id, facts=facts) for model_id, facts in models.items())
    )


LISTINGS: Final[st.SearchStrategy[Listing]] = st.dictionaries(
    st.sampled_from(MODEL_IDS), SOME_FACTS, min_size=1
).map(listing)


class Roll:
    """The models of one provider by the vendor's id, and when it was last synced."""

    def __init__(self) -> None:
        self.models: dict[str, Model] = {}
        self.last_synced_at: datetime | None = None

    def add(self, model_id: str, source: Source = Source.MANUAL, facts: ModelFacts | None = None) -> None:
        """Put a model on the roll by hand, or as predefined."""
        assert source is not Source.DISCOVERED
        self.take(
            ModelAdded(provider_id=PROVIDER_ID, model_id=model_id, source=source, facts=facts or ModelFacts())
        )

    def take(self, *events: ModelEvent) -> None:
        """Fold events of any of the models."""
        for event in events:
            self.models[event.model_id] = evolve(self.models.get(event.model_id), event)

    def plan(
        self, listed: Listing, *, force: bool = False, sync_id: UUID = SYNC_ID, written: Written = NOTHING
    ) -> Plan:
        """What the listing would change, if the run has written this already."""
        known = {
            model_id: KnownModel(
                model.source,
                model.facts,
                model.stale,
                model.deleted,
                None if model.edits == Edits() else model.edits,
            )
            for model_id, model in self.models.items()
        }
        return plan(
            listed,
            known,
            provider_id=PROVIDER_ID,
            sync_id=sync_id,
            last_synced_at=self.last_synced_at,
            force=force,
            written=written,
        )

    def sync(self, listed: Listing, at: datetime, *, force: bool = False) -> Plan:
        """Plan and take the events, all at one instant."""
        planned = self.plan(listed, force=force)
        for stream, events in planned.models:
            assert {stream_of(PROVIDER_ID, event.model_id) for event in events} == {stream}
            self.take(*events)
        self.last_synced_at = at
        return planned
