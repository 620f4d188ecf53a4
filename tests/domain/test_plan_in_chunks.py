"""A plan that is written in chunks, and made anew in between, says and counts the same."""

from collections import Counter
from datetime import timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from domain.listing import Listing, ModelFacts
from domain.model import (
    ModelAdded,
    ModelDeleted,
    ModelDiscovered,
    ModelMarkedStale,
    ModelRefreshed,
    ModelRestored,
    Source,
)
from domain.sync_roll import Planned, Written
from tests.domain.test_plan_properties import rolls
from tests.support.examples import NOON, PROVIDER_ID
from tests.support.rolls import LISTINGS, MODEL_IDS, Roll, listing

SIZES = st.integers(1, 5)
DEEDS = st.lists(st.sampled_from(MODEL_IDS) | st.none(), max_size=8)
LATER = NOON + timedelta(days=1)


@given(rolls(), LISTINGS, SIZES)
def test_chunks_hold_all_events_in_order(roll: Roll, listed: Listing, size: int) -> None:
    planned = roll.plan(listed, force=True)
    *first, last = planned.in_chunks(size)
    assert tuple(model for chunk in (*first, last) for model in chunk) == planned.models
    assert all(len(chunk) == size for chunk in first)
    assert len(last) <= size


def test_a_plan_of_nothing_is_one_empty_chunk() -> None:
    roll = Roll()
    roll.sync(listing({"a": ModelFacts()}), NOON)
    assert list(roll.plan(listing({"a": ModelFacts()})).in_chunks(2)) == [()]


@given(rolls(), LISTINGS, SIZES, DEEDS)
def test_a_run_that_people_disturb_counts_its_own_events(
    roll: Roll, listed: Listing, size: int, deeds: list[str | None]
) -> None:
    written: list[Planned] = []
    planned = roll.plan(listed, force=True)
    while len(planned.in_chunks(size)) > 1:
        chunk = planned.in_chunks(size)[0]
        written.extend(chunk)
        for model in chunk:
            roll.take(*model.events)
        disturbed = _do(roll, deeds.pop()) if deeds else False
        event(f"disturbed: {disturbed}")
        planned = roll.plan(listed, force=True, written=Written.by(written))
    written.extend(planned.models)
    kinds = Counter(type(happened) for model in written for happened in model.events)
    changed = {e.model_id for m in written for e in m.events if isinstance(e, ModelRefreshed)}
    created = {e.model_id for m in written for e in m.events if isinstance(e, ModelDiscovered)}
    assert planned.counts.created == kinds[ModelDiscovered] == len(created)
    assert planned.counts.changed == len(changed)
    assert planned.counts.stale == kinds[ModelMarkedStale]
    alive = {name for name, model in roll.models.items() if not model.deleted}
    names = {model.model_id for model in listed.models}
    assert planned.counts.updated == len(names & alive - created)


@given(rolls(), LISTINGS, SIZES)
def test_a_run_that_dies_after_any_chunk_is_healed_by_the_next(
    roll: Roll, listed: Listing, size: int
) -> None:
    whole = Roll()
    whole.models, whole.last_synced_at = dict(roll.models), roll.last_synced_at
    whole.sync(listed, LATER, force=True)
    for model in roll.plan(listed, force=True).in_chunks(size)[0]:
        roll.take(*model.events)
    roll.sync(listed, LATER, force=True)
    assert roll.models == whole.models


def _do(roll: Roll, model_id: str | None) -> bool:
    """A person adds, deletes, or restores with other facts."""
    if model_id is None:
        return False
    model = roll.models.get(model_id)
    who = {"provider_id": PROVIDER_ID, "model_id": model_id}
    if model is None:
        roll.take(ModelAdded(**who, source=Source.MANUAL, facts=ModelFacts()))
    elif model.deleted:
        roll.take(ModelRestored(**who, facts=ModelFacts(context_window=3)))
    else:
        roll.take(ModelDeleted(**who, reason="asked"))
    return True
