import pytest

from domain.listing import Listing, ListingError, ModelFacts, SyncFailure
from domain.model import (
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    Source,
    stream_of,
)
from domain.provider import Status
from domain.sync import Plan, SyncCounts
from tests.support.examples import EDITS, NOON, PROVIDER_ID, SYNC_ID
from tests.support.rolls import Roll, listing

SMALL = ModelFacts(context_window=1)
LARGE = ModelFacts(context_window=2)


def _synced(*model_ids: str) -> Roll:
    roll = Roll()
    roll.sync(listing(dict.fromkeys(model_ids, SMALL)), NOON)
    return roll


def _events(planned: Plan) -> list[ModelEvent]:
    return [event for model in planned.models for event in model.events]


def _discovered(model_id: str) -> ModelDiscovered:
    return ModelDiscovered(provider_id=PROVIDER_ID, model_id=model_id, facts=SMALL, sync_id=SYNC_ID)


def _stale(model_id: str) -> ModelMarkedStale:
    return ModelMarkedStale(provider_id=PROVIDER_ID, model_id=model_id, last_seen_at=NOON, sync_id=SYNC_ID)


def test_a_first_listing_discovers_every_model_in_its_order() -> None:
    planned = Roll().plan(listing({"b": SMALL, "a": SMALL}))
    assert _events(planned) == [_discovered("b"), _discovered("a")]
    assert [model.stream for model in planned.models] == [stream_of(PROVIDER_ID, name) for name in "ba"]
    assert planned.counts == SyncCounts(created=2)


def test_an_unchanged_listing_confirms_every_model_and_writes_nothing() -> None:
    planned = _synced("a", "b").plan(listing({"b": SMALL, "a": SMALL}))
    assert planned.models == ()
    assert planned.counts == SyncCounts(updated=2)


def test_new_known_changed_and_missing_models_are_told_apart() -> None:
    planned = _synced("a", "b", "c").plan(listing({"a": SMALL, "b": LARGE, "d": SMALL}))
    assert _events(planned) == [
        ModelRefreshed(provider_id=PROVIDER_ID, model_id="b", before=SMALL, after=LARGE, sync_id=SYNC_ID),
        _discovered("d"),
        _stale("c"),
    ]
    assert planned.counts == SyncCounts(created=1, updated=2, changed=1, stale=1)


def test_a_model_that_is_stale_already_is_not_marked_again() -> None:
    roll = _synced("a", "b", "c")
    shorter = listing({"a": SMALL, "b": SMALL})
    assert roll.sync(shorter, NOON).counts.stale == 1
    assert roll.plan(shorter).counts == SyncCounts(updated=2)


def test_a_model_that_returns_reappears_and_then_is_refreshed() -> None:
    roll = _synced("a", "b", "c")
    roll.sync(listing({"a": SMALL, "b": SMALL}), NOON)
    planned = roll.plan(listing({"a": SMALL, "b": SMALL, "c": LARGE}))
    assert _events(planned) == [
        ModelReappeared(provider_id=PROVIDER_ID, model_id="c", sync_id=SYNC_ID),
        ModelRefreshed(provider_id=PROVIDER_ID, model_id="c", before=SMALL, after=LARGE, sync_id=SYNC_ID),
    ]
    assert planned.counts == SyncCounts(updated=3, changed=1)


def test_a_deleted_model_stays_deleted_whether_it_is_listed_or_not() -> None:
    roll = _synced("a", "b", "c")
    roll.take(ModelDeleted(provider_id=PROVIDER_ID, model_id="c", reason="asked"))
    still_listed = roll.plan(listing({"a": SMALL, "b": SMALL, "c": LARGE}))
    assert (still_listed.models, still_listed.counts) == ((), SyncCounts(updated=2))
    gone = roll.plan(listing({"a": SMALL, "b": SMALL}))
    assert (gone.models, gone.counts) == ((), SyncCounts(updated=2))


@pytest.mark.parametrize("source", [Source.MANUAL, Source.PREDEFINED])
def test_only_discovered_models_go_stale(source: Source) -> None:
    roll = _synced("a")
    roll.add("ours", source)
    assert roll.plan(listing({"a": SMALL})).counts == SyncCounts(updated=1)


def test_what_a_person_states_of_a_model_added_by_hand_survives_its_listing() -> None:
    roll = _synced("a")
    roll.add("ours", Source.MANUAL, ModelFacts(display_name="Ours", context_window=7))
    planned = roll.plan(listing({"a": SMALL, "ours": SMALL}))
    assert (planned.models, planned.counts) == ((), SyncCounts(updated=2))


def test_a_predefined_model_takes_its_vendors_facts() -> None:
    roll = _synced("a")
    roll.add("ours", Source.PREDEFINED, LARGE)
    assert roll.sync(listing({"a": SMALL, "ours": SMALL}), NOON).counts == SyncCounts(updated=2, changed=1)
    assert roll.models["ours"].facts == SMALL
    assert roll.models["ours"].source is Source.PREDEFINED


def test_edits_and_a_status_survive_new_facts() -> None:
    roll = _synced("a")
    edited = ModelEdited(provider_id=PROVIDER_ID, model_id="a", before=EDITS, after=EDITS)
    roll.take(edited, ModelDisabled(provider_id=PROVIDER_ID, model_id="a"))
    assert roll.sync(listing({"a": LARGE}), NOON).counts.changed == 1
    model = roll.models["a"]
    assert (model.edits, model.status, model.facts) == (EDITS, Status.DISABLED, LARGE)


@pytest.mark.parametrize(
    ("listed", "failure"),
    [
        (Listing(models=()), SyncFailure.EMPTY),
        (listing({"a": SMALL}), SyncFailure.SUSPICIOUS),
        (listing({"x": SMALL, "y": SMALL, "z": SMALL}), SyncFailure.SUSPICIOUS),
    ],
)
def test_an_incredible_listing_is_refused_and_says_how_to_force_it(
    listed: Listing, failure: SyncFailure
) -> None:
    with pytest.raises(ListingError, match=r"Nothing was changed.*force=true") as refused:
        _synced("a", "b", "c").plan(listed)
    assert refused.value.failure is failure


def test_a_listing_that_lacks_exactly_half_is_believed() -> None:
    assert _synced("a", "b").plan(listing({"a": SMALL})).counts == SyncCounts(updated=1, stale=1)


def test_force_believes_an_empty_listing() -> None:
    planned = _synced("a", "b").plan(Listing(models=()), force=True)
    assert _events(planned) == [_stale("a"), _stale("b")]
    assert planned.counts == SyncCounts(stale=2)


def test_force_believes_a_listing_of_other_models_altogether() -> None:
    planned = _synced("a", "b").plan(listing({"x": SMALL}), force=True)
    assert _events(planned) == [_discovered("x"), _stale("a"), _stale("b")]


def test_an_empty_listing_is_refused_even_when_nothing_is_known() -> None:
    with pytest.raises(ListingError, match="empty: The listing holds no model"):
        Roll().plan(Listing(models=()))
