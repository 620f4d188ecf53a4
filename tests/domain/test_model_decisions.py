from typing import Any

import pytest

from domain.edits import MOST_CAPABILITIES, Edits
from domain.errors import Invalid
from domain.listing import ModelFacts
from domain.model import (
    AddModel,
    ChangeModel,
    ModelAdded,
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEnabled,
    ModelRestored,
    Source,
    add,
    change,
    delete,
    evolve,
    go_with_provider,
    stream_of,
)
from domain.prices import Prices
from domain.provider import Status
from tests.support.examples import EDITS, FACTS, GPT, NEWER_FACTS, NOON, PROVIDER_ID, SYNC_ID
from tests.support.given_when_then import Given

NOTHING_KNOWN = ModelFacts()
DISCOVERED = ModelDiscovered(provider_id=PROVIDER_ID, model_id=GPT, facts=FACTS, sync_id=SYNC_ID)
EDITED = ModelEdited(provider_id=PROVIDER_ID, model_id=GPT, before=Edits(), after=EDITS)
DISABLED = ModelDisabled(provider_id=PROVIDER_ID, model_id=GPT)
ENABLED = ModelEnabled(provider_id=PROVIDER_ID, model_id=GPT)
DELETED = ModelDeleted(provider_id=PROVIDER_ID, model_id=GPT, reason="asked")
RESTORED = ModelRestored(provider_id=PROVIDER_ID, model_id=GPT)


def _edited(before: Edits, after: Edits) -> ModelEdited:
    return ModelEdited(provider_id=PROVIDER_ID, model_id=GPT, before=before, after=after)


def test_a_model_is_one_stream_of_its_provider_whoever_adds_it() -> None:
    assert stream_of(PROVIDER_ID, GPT) == stream_of(PROVIDER_ID, GPT)
    assert stream_of(PROVIDER_ID, GPT) != stream_of(PROVIDER_ID, "GPT-5")
    assert stream_of(PROVIDER_ID, GPT) != stream_of(SYNC_ID, GPT)


def test_a_person_adds_a_model() -> None:
    added = ModelAdded(provider_id=PROVIDER_ID, model_id=GPT, source=Source.MANUAL, facts=FACTS)
    assert add(None, AddModel(PROVIDER_ID, GPT, FACTS)) == (added,)
    assert Given(evolve, added).state.source is Source.MANUAL


def test_adding_a_model_that_is_there_yields_nothing() -> None:
    Given(evolve, DISCOVERED).when(add, AddModel(PROVIDER_ID, GPT, NOTHING_KNOWN)).then_nothing()


def test_adding_a_deleted_model_brings_it_back_as_it_was() -> None:
    restored = Given(evolve, DISCOVERED, EDITED, DELETED).when(add, AddModel(PROVIDER_ID, GPT, NOTHING_KNOWN))
    restored.then(RESTORED)
    assert restored.state == Given(evolve, DISCOVERED, EDITED).state


def test_a_model_comes_back_with_what_the_person_says_of_it_now() -> None:
    said = ModelFacts(display_name="Anew", capabilities={"audio": True})
    Given(evolve, DISCOVERED, EDITED, DELETED).when(add, AddModel(PROVIDER_ID, GPT, said)).then(
        RESTORED, _edited(EDITS, Edits(display_name="Anew", capabilities={"vision": False, "audio": True}))
    )


def test_a_model_that_was_disabled_comes_back_enabled() -> None:
    Given(evolve, DISCOVERED, DISABLED, DELETED).when(add, AddModel(PROVIDER_ID, GPT, NOTHING_KNOWN)).then(
        RESTORED, ENABLED
    )


def test_a_model_added_by_hand_comes_back_as_the_person_states_it_now() -> None:
    by_hand = ModelAdded(provider_id=PROVIDER_ID, model_id=GPT, source=Source.MANUAL, facts=FACTS)
    restored = Given(evolve, by_hand, EDITED, DELETED).when(add, AddModel(PROVIDER_ID, GPT, NEWER_FACTS))
    restored.then(
        ModelRestored(provider_id=PROVIDER_ID, model_id=GPT, facts=NEWER_FACTS), _edited(EDITS, Edits())
    )
    assert (restored.state.facts, restored.state.edits) == (NEWER_FACTS, Edits())


def test_a_change_that_names_nothing_changes_nothing() -> None:
    Given(evolve, DISCOVERED, EDITED, DISABLED).when(change, ChangeModel()).then_nothing()


def test_a_change_to_what_is_true_already_changes_nothing() -> None:
    same = ChangeModel(
        display_name="Our GPT", capabilities={"vision": False, "unheard_of": None}, status=Status.ACTIVE
    )
    Given(evolve, DISCOVERED, EDITED).when(change, same).then_nothing()


def test_a_person_edits_name_and_capabilities_and_disables_in_this_order() -> None:
    wanted = ChangeModel(display_name="Our GPT", capabilities={"vision": False}, status=Status.DISABLED)
    Given(evolve, DISCOVERED).when(change, wanted).then(EDITED, DISABLED)


def test_an_edit_leaves_the_vendors_facts_as_they_are() -> None:
    edited = Given(evolve, DISCOVERED).when(change, ChangeModel(display_name="Our GPT"))
    assert edited.state.facts == FACTS
    assert edited.state.edits == Edits(display_name="Our GPT")


def test_null_gives_the_name_back_to_the_vendor_and_keeps_the_capabilities() -> None:
    Given(evolve, DISCOVERED, EDITED).when(change, ChangeModel(display_name=None)).then(
        _edited(EDITS, Edits(capabilities={"vision": False}))
    )


EVERY_EDIT = Edits(
    display_name="Our GPT",
    capabilities={"vision": False},
    context_window=8,
    max_output_tokens=4,
    prices=Prices(input="1.5"),
    retires_at=NOON,
)


def test_a_person_sets_each_field_that_people_may_set() -> None:
    wanted = ChangeModel(
        display_name="Our GPT",
        capabilities={"vision": False},
        context_window=8,
        max_output_tokens=4,
        prices=Prices(input="1.5"),
        retires_at=NOON,
    )
    Given(evolve, DISCOVERED).when(change, wanted).then(_edited(Edits(), EVERY_EDIT))


@pytest.mark.parametrize(
    "field", ["display_name", "context_window", "max_output_tokens", "prices", "retires_at"]
)
def test_null_gives_one_field_back_to_the_vendor_and_keeps_the_others(field: str) -> None:
    named: dict[str, Any] = {field: None}
    back = ChangeModel(**named)
    Given(evolve, DISCOVERED, _edited(Edits(), EVERY_EDIT)).when(change, back).then(
        _edited(EVERY_EDIT, EVERY_EDIT.model_copy(update={field: None}))
    )


def test_what_a_person_states_of_a_deleted_model_anew_are_edits_field_by_field() -> None:
    said = ModelFacts(context_window=9, max_output_tokens=5, prices=Prices(output="2"), retires_at=NOON)
    stated = Edits(context_window=9, max_output_tokens=5, prices=Prices(output="2"), retires_at=NOON)
    Given(evolve, DISCOVERED, DELETED).when(add, AddModel(PROVIDER_ID, GPT, said)).then(
        RESTORED, _edited(Edits(), stated)
    )


def test_null_gives_one_capability_back_to_the_vendor_and_keeps_the_others() -> None:
    both = _edited(Edits(), Edits(capabilities={"vision": False, "audio": True}))
    Given(evolve, DISCOVERED, both).when(change, ChangeModel(capabilities={"vision": None})).then(
        _edited(both.after, Edits(capabilities={"audio": True}))
    )


def test_a_models_capabilities_stay_countable() -> None:
    many: dict[str, bool | None] = {f"c{number}": True for number in range(MOST_CAPABILITIES)}
    full = Given(evolve, DISCOVERED).when(change, ChangeModel(capabilities=many))
    assert len(full.state.edits.capabilities) == MOST_CAPABILITIES
    with pytest.raises(Invalid, match=f"capabilities must be at most {MOST_CAPABILITIES} in all"):
        change(full.state, ChangeModel(capabilities={"one_more": True}))
    assert change(full.state, ChangeModel(capabilities={"c0": None, "one_more": True}))


def test_a_model_is_enabled_again() -> None:
    Given(evolve, DISCOVERED, DISABLED).when(change, ChangeModel(status=Status.ACTIVE)).then(ENABLED)


def test_a_deleted_model_leaves_a_tombstone() -> None:
    deleted = Given(evolve, DISCOVERED).when(delete)
    deleted.then(DELETED)
    assert deleted.state.deleted


def test_a_model_that_goes_with_its_provider_says_so() -> None:
    gone = go_with_provider(PROVIDER_ID, GPT)
    assert gone == ModelDeleted(provider_id=PROVIDER_ID, model_id=GPT, reason="provider_deleted")
    assert Given(evolve, DISCOVERED, gone).state.deleted
