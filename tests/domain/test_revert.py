from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import model, provider
from domain.listing import ModelFacts
from domain.model import Model, ModelDeleted, ModelRestored, Source
from domain.provider import Endpoint, KeyMark, Provider, Status
from domain.provider_type import ProviderType
from domain.revert import revert_model, revert_provider
from tests.support.event_strategies import (
    CREATED,
    MODEL_BEGINNINGS,
    MODEL_EVENTS,
    PROVIDER_EVENTS,
)
from tests.support.examples import EDITS, FACTS, GPT, KEY, NEWER_FACTS, OTHER_KEY, OWN, PROVIDER_ID, PROXY

_PROVIDERS = st.tuples(CREATED, st.lists(PROVIDER_EVENTS, max_size=6)).map(
    lambda events: reduce(provider.evolve, events[1], provider.evolve(None, events[0]))
)
_ALIVE = _PROVIDERS.map(lambda state: state.model_copy(update={"deleted": False}))
_MODELS = st.tuples(MODEL_BEGINNINGS, st.lists(MODEL_EVENTS, max_size=6)).map(
    lambda events: reduce(model.evolve, events[1], model.evolve(None, events[0]))
)


def _provider(key: KeyMark | None = None, endpoint: Endpoint = OWN) -> Provider:
    return Provider(name="One", endpoint=endpoint, key=key)


def _model(**fields: object) -> Model:
    start = Model(provider_id=PROVIDER_ID, model_id=GPT, source=Source.DISCOVERED, facts=FACTS)
    return start.model_copy(update=fields)


@given(_ALIVE, _ALIVE)
def test_a_provider_is_what_it_was_but_for_what_is_told(now: Provider, then: Provider) -> None:
    reversal = revert_provider(now, then)
    after = reduce(provider.evolve, reversal.events, now)
    assert (after.name, after.endpoint, after.status) == (then.name, then.endpoint, then.status)
    same_key = (after.key and after.key.fingerprint) == (then.key and then.key.fingerprint)
    assert same_key == (reversal.not_restored == ())
    assert after.key in (now.key, None)
    assert revert_provider(after, then).events == ()


@given(_MODELS, _MODELS)
def test_a_model_is_what_it_was_but_for_what_is_told(now: Model, then: Model) -> None:
    then = then.model_copy(update={"source": now.source})
    reversal = revert_model(now, then)
    after = reduce(model.evolve, reversal.events, now)
    assert after.deleted == then.deleted
    if then.deleted:
        return
    assert (after.edits, after.status) == (then.edits, then.status)
    told = {one.field for one in reversal.not_restored}
    assert told == {
        *(
            field
            for field in ModelFacts.model_fields
            if field != "from_catalogue" and getattr(after.facts, field) != getattr(then.facts, field)
        ),
        *(["stale"] if after.stale != then.stale else []),
    }
    assert revert_model(after, then).events == ()


@given(_ALIVE, _MODELS)
def test_back_to_the_present_is_nothing(state: Provider, one: Model) -> None:
    assert revert_provider(state, state) == revert_provider(state, state).__class__((), ())
    assert revert_model(one, one) == revert_model(one, one).__class__((), ())


@pytest.mark.parametrize(
    ("now", "then", "reason"),
    [
        (_provider(OTHER_KEY), _provider(KEY), "the key …3456 was destroyed: today's key is kept"),
        (_provider(), _provider(KEY), "the key …3456 was destroyed: enter it again"),
        (_provider(OTHER_KEY, PROXY), _provider(KEY), "the key …3456 was destroyed: enter it again"),
        (_provider(KEY), _provider(), "today's key is kept: to destroy it, PATCH api_key with null"),
        (
            _provider(KEY, PROXY),
            _provider(KEY),
            "it belongs to the address that the provider had until now: enter it again",
        ),
    ],
)
def test_a_key_that_does_not_come_back_says_why(now: Provider, then: Provider, reason: str) -> None:
    ((field, told),) = revert_provider(now, then).not_restored
    assert (field, told) == ("api_key", reason)


def test_no_revert_destroys_a_key_but_with_its_address() -> None:
    assert revert_provider(_provider(KEY), _provider()).events == ()
    (moved, removed) = revert_provider(_provider(KEY, PROXY), _provider()).events
    assert (moved.topic, removed.topic) == ("provider.endpoint_changed.v1", "provider.key_removed.v1")


def test_a_model_that_was_added_by_hand_comes_back_with_what_was_said_of_it_then() -> None:
    now = _model(source=Source.MANUAL, deleted=True, facts=NEWER_FACTS)
    reversal = revert_model(now, _model(source=Source.MANUAL))
    assert reversal.events == (ModelRestored(provider_id=PROVIDER_ID, model_id=GPT, facts=FACTS),)
    assert reversal.not_restored == ()


def test_a_model_is_deleted_again() -> None:
    reversal = revert_model(_model(edits=EDITS), _model(deleted=True))
    assert reversal.events == (ModelDeleted(provider_id=PROVIDER_ID, model_id=GPT, reason="asked"),)
    assert reversal.not_restored == ()


def test_what_a_listing_or_a_person_stated_says_who_did() -> None:
    told = dict(revert_model(_model(facts=NEWER_FACTS, stale=True), _model()).not_restored)
    assert told.keys() == {"context_window", "display_name", "stale"}
    assert "the provider's listing states it" in told["context_window"]
    assert "only the provider's listing tells" in told["stale"]
    by_hand = {"source": Source.MANUAL}
    told = dict(revert_model(_model(facts=NEWER_FACTS, **by_hand), _model(**by_hand)).not_restored)
    assert "a person stated it" in told["context_window"]


def test_a_status_and_a_type_come_back() -> None:
    now = _provider().model_copy(update={"status": Status.DISABLED})
    gemini = Endpoint(provider_type=ProviderType.GEMINI, base_url=None)
    topics = [event.topic for event in revert_provider(now, _provider(endpoint=gemini)).events]
    assert topics == ["provider.endpoint_changed.v1", "provider.enabled.v1"]
