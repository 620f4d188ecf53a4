"""The normal form of a listing: what is kept, and what its digest says."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from api.commands.sync_plans import WrittenListing
from domain.listing import Listing, ModelFacts
from tests.support.event_strategies import FACTS
from tests.support.rolls import listing

NAMES: SearchStrategy[str] = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
)
LISTINGS = st.dictionaries(NAMES, FACTS).map(listing)


@given(LISTINGS)
def test_it_is_read_back_as_it_was_in_the_order_of_the_ids(listed: Listing) -> None:
    read = Listing.model_validate_json(WrittenListing.of(listed).normal_form)
    assert read.models == tuple(sorted(listed.models, key=lambda model: model.model_id))


@given(LISTINGS, st.integers())
def test_it_does_not_depend_on_the_order_in_which_models_are_listed(listed: Listing, seed: int) -> None:
    models = list(listed.models)
    Random(seed).shuffle(models)  # noqa: S311  # no secret is drawn
    other = Listing(models=tuple(models))
    assert WrittenListing.of(other).normal_form == WrittenListing.of(listed).normal_form


@given(LISTINGS, LISTINGS)
def test_two_listings_have_one_normal_form_only_if_they_say_the_same(one: Listing, other: Listing) -> None:
    same = {model.model_id: model for model in one.models} == {
        model.model_id: model for model in other.models
    }
    forms = WrittenListing.of(one).normal_form, WrittenListing.of(other).normal_form
    assert (forms[0] == forms[1]) is same


def test_what_has_its_default_is_left_out() -> None:
    listed = listing({'b"': ModelFacts(), "a": ModelFacts(context_window=1)})
    assert WrittenListing.of(listed).normal_form == (
        '{"models":[{"model_id":"a","facts":{"context_window":1}},{"model_id":"b\\"","facts":{}}]}'
    )
