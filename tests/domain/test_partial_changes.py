"""After a PATCH, what was named is as asked, and what was not named is as it was."""

from hypothesis import given
from hypothesis import strategies as st

from domain import model, provider
from domain.change import KEEP, kept
from domain.model import ChangeModel, ModelEvent
from domain.provider import ChangeProvider, KeyMark, ProviderEvent
from tests.support.event_strategies import (
    CREATED,
    MODEL_BEGINNINGS,
    MODEL_CHANGES,
    MODEL_EVENTS,
    PROVIDER_CHANGES,
    PROVIDER_EVENTS,
)
from tests.support.given_when_then import Given


def test_keep_is_not_null() -> None:
    assert kept(KEEP, "as it was") == "as it was"
    assert kept(None, "as it was") is None
    assert kept("new", "as it was") == "new"


@given(CREATED, st.lists(PROVIDER_EVENTS, max_size=6), PROVIDER_CHANGES)
def test_a_provider_is_after_a_change_what_was_asked(
    first: ProviderEvent, later: list[ProviderEvent], wanted: ChangeProvider
) -> None:
    history = Given(provider.evolve, first, *later)
    before = history.state
    decided = history.when(provider.change, wanted)
    after = decided.state
    assert after.name == kept(wanted.name, before.name)
    assert after.endpoint.provider_type == kept(wanted.provider_type, before.endpoint.provider_type)
    assert after.endpoint.base_url == kept(wanted.base_url, before.endpoint.base_url)
    assert after.status == kept(wanted.status, before.status)
    assert after.deleted == before.deleted
    moved = after.endpoint != before.endpoint
    assert _fingerprint(after.key) == _fingerprint(kept(wanted.key, None if moved else before.key))
    decided.then(*decided.events)


@given(MODEL_BEGINNINGS, st.lists(MODEL_EVENTS, max_size=6), MODEL_CHANGES)
def test_a_model_is_after_a_change_what_was_asked(
    first: ModelEvent, later: list[ModelEvent], wanted: ChangeModel
) -> None:
    history = Given(model.evolve, first, *later)
    before = history.state
    decided = history.when(model.change, wanted)
    after = decided.state
    for field in ("display_name", "context_window", "max_output_tokens", "prices", "retires_at"):
        assert getattr(after.edits, field) == kept(getattr(wanted, field), getattr(before.edits, field))
    asked = {} if wanted.capabilities is KEEP else wanted.capabilities
    for capability in {*before.edits.capabilities, *asked}:
        expected = asked.get(capability, before.edits.capabilities.get(capability))
        assert after.edits.capabilities.get(capability) == expected
    assert after.status == kept(wanted.status, before.status)
    assert after.facts == before.facts, "the vendor's facts are not a person's to change"
    decided.then(*decided.events)


def _fingerprint(key: KeyMark | None) -> str | None:
    return None if key is None else key.fingerprint
