"""Where a person's word stands against a listing: what the plan tells of it."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given

from domain.edits import Edits
from domain.listing import Listing, ModelFacts
from domain.model import ModelDeleted, ModelEdited, ModelRefreshed, Source
from domain.protection import Disagreement, Protected
from tests.domain.test_plan_properties import rolls
from tests.support.examples import NOON, PROVIDER_ID
from tests.support.rolls import LISTINGS, Roll, listing

SMALL: Final = ModelFacts(context_window=1)
LARGE: Final = ModelFacts(context_window=2, capabilities={"vision": True, "tools": True})


def _synced(*model_ids: str) -> Roll:
    roll = Roll()
    roll.sync(listing(dict.fromkeys(model_ids, SMALL)), NOON)
    return roll


def _edited(roll: Roll, edits: Edits) -> Roll:
    roll.take(ModelEdited(provider_id=PROVIDER_ID, model_id="a", before=Edits(), after=edits))
    return roll


def test_a_deleted_model_that_is_listed_is_protected_and_one_that_is_not_needs_no_protection() -> None:
    roll = _synced("a", "b", "c")
    for model_id in ("b", "c"):
        roll.take(ModelDeleted(provider_id=PROVIDER_ID, model_id=model_id, reason="asked"))
    planned = roll.plan(listing({"a": SMALL, "b": LARGE}))
    assert planned.protected == (Protected(model_id="b", reason="deleted"),)


def test_a_model_added_by_hand_is_protected_where_the_listing_says_otherwise() -> None:
    roll = _synced("a")
    roll.add("ours", Source.MANUAL, ModelFacts(display_name="Ours", context_window=1))
    (stood,) = roll.plan(listing({"a": SMALL, "ours": LARGE})).protected
    assert stood.reason == "added_by_hand"
    assert stood.fields == {
        "capabilities": Disagreement(listed={"vision": True, "tools": True}),
        "context_window": Disagreement(kept=1, listed=2),
        "display_name": Disagreement(kept="Ours"),
    }


def test_a_model_added_by_hand_that_the_listing_confirms_is_not_protected() -> None:
    roll = _synced("a")
    roll.add("ours", Source.MANUAL, SMALL)
    assert roll.plan(listing({"a": SMALL, "ours": SMALL})).protected == ()


def test_where_the_catalogue_helped_a_listing_stands_against_nobody() -> None:
    roll = _synced("a")
    roll.add("ours", Source.MANUAL, SMALL)
    filled = SMALL.model_copy(update={"from_catalogue": ("context_window",)})
    assert roll.plan(listing({"a": SMALL, "ours": filled})).protected == ()


@pytest.mark.parametrize("listed", [SMALL, LARGE])
def test_an_edit_is_protected_and_the_rest_of_the_model_is_refreshed(listed: ModelFacts) -> None:
    roll = _edited(_synced("a"), Edits(display_name="Ours", capabilities={"vision": False}))
    planned = roll.plan(listing({"a": listed}))
    (stood,) = planned.protected
    assert stood.reason == "edited"
    kept = {**listed.capabilities, "vision": False}
    assert stood.fields == {
        "capabilities": Disagreement(kept=kept, listed=listed.capabilities or None),
        "display_name": Disagreement(kept="Ours"),
    }
    refreshed = [event for model in planned.models for event in model.events]
    assert [type(event) for event in refreshed] == [ModelRefreshed] * (listed is LARGE)


def test_an_edit_that_the_listing_has_come_to_share_is_no_longer_protected() -> None:
    roll = _edited(_synced("a"), Edits(context_window=2, capabilities={"vision": True}))
    assert roll.plan(listing({"a": LARGE})).protected == ()


def test_an_edit_of_a_model_added_by_hand_is_part_of_what_the_person_states() -> None:
    roll = Roll()
    roll.add("a", Source.MANUAL, SMALL)
    (stood,) = _edited(roll, Edits(context_window=9)).plan(listing({"a": LARGE})).protected
    assert stood.fields["context_window"] == Disagreement(kept=9, listed=2)


@given(rolls(), LISTINGS)
def test_the_protected_are_the_deleted_and_those_whose_word_differs(roll: Roll, listed: Listing) -> None:
    facts = {model.model_id: model.facts for model in listed.models}
    expected = {
        name: "deleted" if model.deleted else "added_by_hand"
        for name, model in roll.models.items()
        if name in facts and (model.deleted or (model.source is Source.MANUAL and model.facts != facts[name]))
    }
    protected = roll.plan(listed, force=True).protected
    assert {one.model_id: one.reason for one in protected} == expected
    assert len(protected) == len(expected)


@given(rolls(), LISTINGS)
def test_what_is_protected_once_is_protected_again(roll: Roll, listed: Listing) -> None:
    first = roll.sync(listed, NOON + timedelta(days=1), force=True)
    assert roll.plan(listed, force=True).protected == first.protected
