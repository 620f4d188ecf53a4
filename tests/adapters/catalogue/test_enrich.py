"""What the catalogue fills in, and what it leaves alone."""

from datetime import UTC, date, datetime
from typing import Final

import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from adapters.catalogue.lazily import enrich
from adapters.catalogue.rows import VENDORS, rows_of
from domain.listing import ListedModel, Listing, ModelFacts, ModelKind
from domain.prices import Prices
from domain.provider_type import ProviderType

DAY: Final = date(2026, 11, 23)
NOTHING: Final = ModelFacts()
ALL: Final = st.sampled_from(ProviderType)
KNOWN_IDS: Final = ("gpt-5", "gpt-4o", "ft:gpt-4o-2024-08-06:acme::abc", "claude-opus-5", "gemini-3.5-flash")
IDS: Final = st.sampled_from([*KNOWN_IDS, "unheard-of", "text-moderation-latest", "tts-1"])
FACTS: Final = st.builds(
    ModelFacts,
    kind=st.sampled_from(ModelKind),
    display_name=st.none() | st.just("Named"),
    context_window=st.none() | st.integers(1, 10),
    max_output_tokens=st.none() | st.integers(1, 10),
    capabilities=st.dictionaries(st.sampled_from(["vision", "audio"]), st.booleans()),
    prices=st.none() | st.just(Prices(input="7")),
    retires_at=st.none() | st.just(datetime(2027, 1, 31, tzinfo=UTC)),
)
LISTINGS: Final = st.dictionaries(IDS, FACTS).map(
    lambda models: Listing(
        models=tuple(ListedModel(model_id=model_id, facts=facts) for model_id, facts in models.items())
    )
)


def enriched(model_id: str, provider_type: str, facts: ModelFacts = NOTHING, day: date = DAY) -> ModelFacts:
    """One model's facts with what the catalogue fills in."""
    listing = Listing(models=(ListedModel(model_id=model_id, facts=facts),))
    (model,) = enrich(listing, ProviderType(provider_type), day).models
    assert model.model_id == model_id
    return model.facts


@pytest.mark.parametrize("provider_type", ["openai", "openai_completions"])
def test_a_silent_listing_gets_context_window_and_prices(provider_type: str) -> None:
    assert enriched("gpt-5", provider_type) == ModelFacts(
        context_window=400_000,
        prices=Prices(input="1.25", output="10", cached_input="0.125"),
        from_catalogue=("context_window", "prices"),
    )


def test_a_listing_that_states_something_keeps_it() -> None:
    stated = ModelFacts(context_window=7, display_name="Opus", kind=ModelKind.CHAT)
    filled = enriched("claude-opus-5", "anthropic", stated)
    assert filled.from_catalogue == ("prices",)
    assert filled.prices == Prices(input="5", output="25", cached_input="0.5", cache_write="6.25")
    assert filled.model_copy(update={"prices": None, "from_catalogue": ()}) == stated


def test_a_price_that_grows_with_the_prompt_is_that_of_the_shortest() -> None:
    assert enriched("gpt-5.4", "openai").prices == Prices(input="2.5", output="15", cached_input="0.25")


def test_a_price_is_that_of_its_day() -> None:
    before, after = (enriched("o3", "openai", day=date(2025, 6, day)).prices for day in (9, 10))
    assert (before, after) == (
        Prices(input="10", output="40", cached_input="0.5"),
        Prices(input="2", output="8", cached_input="0.5"),
    )


def test_a_fine_tuned_model_has_the_price_of_such_models_and_no_other() -> None:
    fine_tuned = enriched("ft:gpt-4o-2024-08-06:acme::abc", "openai").prices
    assert fine_tuned == Prices(input="3.75", output="15")
    assert fine_tuned != enriched("gpt-4o", "openai").prices
    assert enriched("ft:gpt-5:acme::abc", "openai") == NOTHING, "its base's price is not its price"


@pytest.mark.parametrize(
    ("model_id", "provider_type"),
    [
        ("text-moderation-latest", "openai"),
        ("whisper-1", "openai"),
        ("claude-opus-5", "openai"),
        ("gpt-5", "anthropic"),
        ("claude-opus-5", "gemini"),
        ("our-gpt-5", "openai"),
    ],
)
def test_what_the_catalogue_does_not_know_of_a_vendor_stays_unsaid(model_id: str, provider_type: str) -> None:
    assert enriched(model_id, provider_type) == NOTHING


def test_google_sells_claude_elsewhere() -> None:
    google = next(vendor for vendor in get_snapshot().providers if vendor.id == "google")
    assert google.find_model("claude-opus-5") is not None
    assert rows_of(ProviderType.GEMINI).row_of("claude-opus-5") is None


def test_a_listing_of_which_nothing_is_known_is_handed_back_as_it_is() -> None:
    listing = Listing(models=(ListedModel(model_id="unheard-of", facts=NOTHING),))
    assert enrich(listing, ProviderType.OPENAI, DAY) is listing
    assert enrich(Listing(models=()), ProviderType.OPENAI, DAY).models == ()


@given(LISTINGS, ALL)
def test_what_a_listing_says_is_never_changed(listing: Listing, provider_type: ProviderType) -> None:
    after = enrich(listing, provider_type, DAY)
    assert [model.model_id for model in after.models] == [model.model_id for model in listing.models]
    for was, now in zip(listing.models, after.models, strict=True):
        said = was.facts.model_dump(exclude_defaults=True)
        assert said.items() <= now.facts.model_dump(exclude_defaults=True).items()
        more = now.facts.model_dump(exclude_defaults=True).keys() - said.keys() - {"from_catalogue"}
        assert tuple(sorted(more)) == now.facts.from_catalogue
        assert more <= {"context_window", "prices"}


@given(LISTINGS, ALL)
def test_equal_listings_are_enriched_alike_and_an_enriched_one_is_not_again(
    listing: Listing, provider_type: ProviderType
) -> None:
    once = enrich(listing, provider_type, DAY)
    assert enrich(listing.model_copy(deep=True), provider_type, DAY) == once
    assert enrich(once, provider_type, DAY) == once


def test_every_row_of_the_catalogue_can_be_read() -> None:
    for provider_type in VENDORS:
        rows = rows_of(provider_type)
        listing = Listing(
            models=tuple(
                ListedModel(model_id=row_id, facts=NOTHING) for row_id in {row.id for row in rows.all}
            )
        )
        models = enrich(listing, provider_type, DAY).models
        assert len(models) == len(rows.all) > 20
        for model in models:
            prices = model.facts.prices
            assert prices is None or Prices.model_validate(prices.model_dump()) == prices
