"""The models that an organization begins with."""

from datetime import date
from typing import Final

import pytest

from adapters.catalogue.lazily import current_models
from domain.listing import ListedModel, ModelFacts, ModelKind
from domain.prices import Prices
from domain.provider_type import ProviderType

DAY: Final = date(2026, 11, 23)
ALL: Final = (ProviderType.OPENAI, ProviderType.ANTHROPIC, ProviderType.GEMINI)


def ids(provider_type: ProviderType, day: date = DAY) -> list[str]:
    """The ids on the roll."""
    return [model.model_id for model in current_models(provider_type, day)]


@pytest.mark.parametrize(
    ("provider_type", "some"),
    [
        (ProviderType.OPENAI, {"gpt-5", "gpt-5-mini", "gpt-6-sol"}),
        (ProviderType.ANTHROPIC, {"claude-opus-5", "claude-sonnet-4-5", "claude-haiku-4-5"}),
        (ProviderType.GEMINI, {"gemini-3.5-flash", "gemini-3.1-pro-preview"}),
    ],
)
def test_current_models_for_conversation_are_on_the_roll(provider_type: ProviderType, some: set[str]) -> None:
    assert some <= set(ids(provider_type))


@pytest.mark.parametrize(
    ("provider_type", "others"),
    [
        (
            ProviderType.OPENAI,
            {"text-davinci-003", "gpt-3.5-turbo", "gpt-4o", "gpt-5-image", "gpt-5-search-api", "gpt-6-cyber"}
            | {"gpt-realtime", "gpt-audio", "text-embedding-3-large", "ft:gpt-4o", "gpt-oss-20b", "tts-1"},
        ),
        (ProviderType.ANTHROPIC, {"claude-2", "claude-v1", "claude-3-haiku", "claude-3-7-sonnet-latest"}),
        (
            ProviderType.GEMINI,
            {"gemini-pro", "gemini-1.5-pro", "gemini-2.0-flash", "gemini-3-pro-preview", "gemma-3"}
            | {"gemini-3.1-flash-image-preview", "gemini-3.1-flash-tts-preview", "gemini-3.8-live"}
            | {"gemini-embedding-2", "claude-opus-5"},
        ),
    ],
)
def test_old_ones_and_those_for_other_purposes_are_not(provider_type: ProviderType, others: set[str]) -> None:
    assert others.isdisjoint(ids(provider_type))


@pytest.mark.parametrize("provider_type", ALL)
def test_each_is_there_once_and_says_what_it_costs_and_where_that_is_known_from(
    provider_type: ProviderType,
) -> None:
    models = current_models(provider_type, DAY)
    assert 5 <= len(models) <= 50
    assert ids(provider_type) == sorted(set(ids(provider_type)))
    for model in models:
        facts = model.facts
        assert facts.kind is ModelKind.CHAT
        assert facts.prices is not None
        assert facts.prices.input is not None is not facts.prices.output
        assert facts.from_catalogue == tuple(sorted(facts.model_fields_set - {"from_catalogue"}))


def test_all_that_is_known_of_a_model_is_on_the_roll() -> None:
    (opus,) = (one for one in current_models(ProviderType.ANTHROPIC, DAY) if one.model_id == "claude-opus-5")
    assert opus == ListedModel(
        model_id="claude-opus-5",
        facts=ModelFacts(
            kind=ModelKind.CHAT,
            context_window=1_000_000,
            prices=Prices(input="5", output="25", cached_input="0.5", cache_write="6.25"),
            from_catalogue=("context_window", "kind", "prices"),
        ),
    )
