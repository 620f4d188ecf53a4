"""What holds for every plan, whatever was listed before and whatever people did in between."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from domain.listing import Listing, ListingError
from domain.model import (
    ModelDeleted,
    ModelDiscovered,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    Source,
)
from domain.sync import Plan
from tests.support.examples import NOON, PROVIDER_ID
from tests.support.rolls import LISTINGS, MODEL_IDS, SOME_FACTS, Roll

MADE_BY_A_SYNC = (ModelDiscovered, ModelRefreshed, ModelMarkedStale, ModelReappeared)


@st.composite
def rolls(draw: st.DrawFn) -> Roll:
    """A roll with models of every source, some stale, some deleted."""
    roll = Roll()
    for model_id in draw(st.sets(st.sampled_from(MODEL_IDS), max_size=3)):
        roll.add(model_id, draw(st.sampled_from([Source.MANUAL, Source.PREDEFINED])), draw(SOME_FACTS))
    for hour, listed in enumerate(draw(st.lists(LISTINGS, max_size=3))):
        roll.sync(listed, NOON + timedelta(hours=hour), force=True)
    for model_id in draw(st.sets(st.sampled_from(MODEL_IDS), max_size=2)) & roll.models.keys():
        roll.take(ModelDeleted(provider_id=PROVIDER_ID, model_id=model_id, reason="asked"))
    return roll


def _events(planned: Plan) -> list[ModelEvent]:
    return [happened for model in planned.models for happened in model.events]


@given(rolls(), LISTINGS)
def test_planning_the_same_listing_again_yields_nothing(roll: Roll, listed: Listing) -> None:
    roll.sync(listed, NOON + timedelta(days=1), force=True)
    again = roll.plan(listed, force=True)
    assert again.models == ()
    assert (again.counts.created, again.counts.changed, again.counts.stale) == (0, 0, 0)


@given(rolls(), LISTINGS)
def test_planning_is_pure_so_it_says_the_same_twice(roll: Roll, listed: Listing) -> None:
    assert roll.plan(listed, force=True) == roll.plan(listed, force=True)


@given(rolls(), LISTINGS)
def test_the_counts_are_those_of_the_events(roll: Roll, listed: Listing) -> None:
    planned = roll.plan(listed, force=True)
    kinds = Counter(type(happened) for happened in _events(planned))
    assert kinds.keys() <= set(MADE_BY_A_SYNC)
    assert planned.counts.created == kinds[ModelDiscovered]
    assert planned.counts.changed == kinds[ModelRefreshed]
    assert planned.counts.stale == kinds[ModelMarkedStale]
    alive = {model_id for model_id, model in roll.models.items() if not model.deleted}
    assert planned.counts.updated == sum(model.model_id in alive for model in listed.models)


@given(rolls(), LISTINGS)
def test_no_model_is_planned_twice_and_none_without_an_event(roll: Roll, listed: Listing) -> None:
    planned = roll.plan(listed, force=True)
    streams = [model.stream for model in planned.models]
    assert len(streams) == len(set(streams))
    assert all(model.events for model in planned.models)


@given(rolls(), LISTINGS)
def test_no_plan_speaks_of_a_deleted_model_nor_touches_what_people_set(roll: Roll, listed: Listing) -> None:
    before = dict(roll.models)
    roll.sync(listed, NOON + timedelta(days=1), force=True)
    for model_id, model in before.items():
        after = roll.models[model_id]
        assert (after.edits, after.status, after.source) == (model.edits, model.status, model.source)
        if model.deleted:
            assert after == model
        if model.source is not Source.DISCOVERED:
            assert not after.stale
        if model.source is Source.MANUAL:
            assert after.facts == model.facts


@given(rolls(), LISTINGS)
def test_after_a_sync_the_roll_equals_the_listing(roll: Roll, listed: Listing) -> None:
    roll.sync(listed, NOON + timedelta(days=1), force=True)
    for listed_model in listed.models:
        model = roll.models[listed_model.model_id]
        if not model.deleted:
            assert not model.stale
            assert model.source is Source.MANUAL or model.facts == listed_model.facts


@given(rolls(), LISTINGS | st.just(Listing(models=())))
def test_a_listing_is_refused_exactly_when_it_is_empty_or_lacks_more_than_half(
    roll: Roll, listed: Listing
) -> None:
    names = {model.model_id for model in listed.models}
    fresh = {
        model_id
        for model_id, model in roll.models.items()
        if model.source is Source.DISCOVERED and not model.stale and not model.deleted
    }
    incredible = not names or 2 * len(fresh - names) > len(fresh)
    try:
        roll.plan(listed)
    except ListingError:
        refused = True
    else:
        refused = False
    event(f"refused: {refused}")
    assert refused is incredible


@given(st.lists(LISTINGS, min_size=1, max_size=6))
def test_a_model_is_stale_exactly_when_it_was_last_seen_before_the_last_sync(
    listings: list[Listing],
) -> None:
    roll = Roll()
    last_seen: dict[str, datetime] = {}
    marked: dict[str, datetime] = {}
    for hour, listed in enumerate(listings):
        now = NOON + timedelta(hours=hour)
        last_seen.update({model.model_id: now for model in listed.models})
        planned = roll.sync(listed, now, force=True)
        marked.update(
            {e.model_id: e.last_seen_at for e in _events(planned) if isinstance(e, ModelMarkedStale)}
        )
        assert {name for name, model in roll.models.items() if model.stale} == {
            name for name, seen in last_seen.items() if seen < now
        }
        assert all(marked[name] == last_seen[name] for name, model in roll.models.items() if model.stale)
