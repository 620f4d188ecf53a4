import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.mapper import encode
from domain.edits import Edits
from domain.listing import ModelFacts, ModelKind
from domain.model import ModelAdded, ModelDiscovered, ModelEdited, ModelRefreshed, ModelRestored, Source
from domain.topics import AnyEvent
from projections.audit import TOPICS_BY_ACTION, action_of
from projections.audit_changes import changes_of
from projections.audit_fields import (
    FIELDS,
    FIELDS_BY_ACTION,
    has_changed,
    is_certain,
    mention_of,
    topics_of_field,
)
from tests.support.examples import EXAMPLES, GPT, PROVIDER_ID, SYNC_ID

every_event = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.topic)

_IDENTITY = {"provider_id": PROVIDER_ID, "model_id": GPT}
_facts = st.builds(
    ModelFacts,
    kind=st.sampled_from([ModelKind.UNKNOWN, ModelKind.CHAT]),
    display_name=st.sampled_from([None, "One"]),
    context_window=st.sampled_from([None, 1, 2]),
    capabilities=st.sampled_from([{}, {"vision": True}, {"vision": False}]),
    input_modalities=st.sampled_from([None, (), ("text",)]),
    from_catalogue=st.sampled_from([(), ("context_window",)]),
)
_edits = st.builds(
    Edits,
    display_name=st.sampled_from([None, "One"]),
    context_window=st.sampled_from([None, 1]),
    capabilities=st.sampled_from([{}, {"vision": True}]),
)
_events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(lambda facts: ModelDiscovered(**_IDENTITY, facts=facts, sync_id=SYNC_ID), _facts),
    st.builds(lambda facts: ModelAdded(**_IDENTITY, source=Source.MANUAL, facts=facts), _facts),
    st.builds(lambda a, b: ModelRefreshed(**_IDENTITY, before=a, after=b, sync_id=SYNC_ID), _facts, _facts),
    st.builds(lambda a, b: ModelEdited(**_IDENTITY, before=a, after=b), _edits, _edits),
    st.builds(lambda facts: ModelRestored(**_IDENTITY, facts=facts), st.none() | _facts),
)


def test_every_action_says_which_fields_it_can_change() -> None:
    assert TOPICS_BY_ACTION.keys() <= FIELDS_BY_ACTION.keys()


@every_event
def test_an_event_changes_only_fields_that_its_action_can_change(example: AnyEvent) -> None:
    assert changes_of(example).keys() <= FIELDS_BY_ACTION[action_of(example)]


@every_event
def test_a_certain_field_changes_with_every_event_that_can_change_it(example: AnyEvent) -> None:
    certain = {field for field in FIELDS_BY_ACTION[action_of(example)] if is_certain(field)}
    assert certain <= changes_of(example).keys()


def test_a_field_is_sought_in_the_topics_that_can_change_it() -> None:
    assert topics_of_field("default_model") == {"catalog.default_model_changed.v1"}
    assert topics_of_field("api_key") == {"provider.key_rotated.v1", "provider.key_removed.v1"}
    assert "model.refreshed.v1" in topics_of_field("context_window")
    assert not is_certain("context_window")


@given(_events, st.sampled_from(sorted(FIELDS)))
def test_the_quick_look_for_a_field_sees_what_the_whole_list_of_changes_says(
    event: AnyEvent, field: str
) -> None:
    changes = changes_of(event)
    assert changes.keys() <= FIELDS_BY_ACTION[action_of(event)]
    assert has_changed(event, field) == (field in changes)
    if field in changes and not is_certain(field):
        assert mention_of(field) in encode(event)


@every_event
def test_an_event_mentions_every_uncertain_field_that_it_changed(example: AnyEvent) -> None:
    changed = [field for field in changes_of(example) if not is_certain(field)]
    assert all(mention_of(field) in encode(example) for field in changed)
