import pytest
from pydantic import ValidationError

from domain.listing import ListedModel, ListingError, ModelFacts, SyncFailure


@pytest.mark.parametrize("model_id", ["a", "models/gemini-3-pro", "ft:gpt-5:acme::Ü", "a" * 512])
def test_a_models_id_is_its_vendors_word(model_id: str) -> None:
    assert ListedModel(model_id=model_id, facts=ModelFacts()).model_id == model_id


@pytest.mark.parametrize("model_id", ["", "a" * 513, "a\nb", "a\x00", "\x7f"])
def test_a_models_id_has_an_end_and_hides_no_character(model_id: str) -> None:
    with pytest.raises(ValidationError, match="model_id"):
        ListedModel(model_id=model_id, facts=ModelFacts())


@pytest.mark.parametrize("capability", ["vision", "thinking.adaptive", "tools_2.a.b"])
def test_a_capability_has_a_dotted_name(capability: str) -> None:
    assert ModelFacts(capabilities={capability: True}).capabilities == {capability: True}


@pytest.mark.parametrize("capability", ["", "Vision", "a b", ".a", "a.", "a..b", "a" * 101, "a\n"])
def test_a_capability_is_not_named_otherwise(capability: str) -> None:
    with pytest.raises(ValidationError, match="capabilities"):
        ModelFacts(capabilities={capability: True})


def test_facts_are_equal_exactly_when_each_of_them_is() -> None:
    facts = ModelFacts(context_window=1, capabilities={"vision": True})
    assert facts == ModelFacts(context_window=1, capabilities={"vision": True})
    assert facts != ModelFacts(context_window=1, capabilities={"vision": False})
    assert facts != ModelFacts(context_window=2, capabilities={"vision": True})


def test_a_listing_error_says_its_typed_reason_and_the_vendors_words() -> None:
    error = ListingError(SyncFailure.RATE_LIMITED, "Slow down.")
    assert (error.failure, error.message) == (SyncFailure.RATE_LIMITED, "Slow down.")
    assert str(error) == "rate_limited: Slow down."
