from uuid import UUID

from domain.catalog import Catalog, DefaultModelChanged, choose, evolve, let_go, let_go_of_provider, stream_of
from tests.support.examples import DEFAULT, ORGANIZATION, OTHER_DEFAULT
from tests.support.given_when_then import Given

CHOSEN = DefaultModelChanged(before=None, after=DEFAULT, reason="chosen")


def test_an_organization_has_one_catalog() -> None:
    assert stream_of(ORGANIZATION) == stream_of(ORGANIZATION)
    assert stream_of(ORGANIZATION) != stream_of(UUID(int=1))


def test_the_first_default_replaces_none() -> None:
    assert choose(Catalog(), DEFAULT) == (CHOSEN,)


def test_another_default_replaces_the_one_before() -> None:
    replaced = Given(evolve, CHOSEN).when(choose, OTHER_DEFAULT)
    replaced.then(DefaultModelChanged(before=DEFAULT, after=OTHER_DEFAULT, reason="chosen"))
    assert replaced.state.default == OTHER_DEFAULT


def test_choosing_the_default_again_yields_nothing() -> None:
    Given(evolve, CHOSEN).when(choose, DEFAULT).then_nothing()


def test_letting_go_of_the_default_leaves_none() -> None:
    let = Given(evolve, CHOSEN).when(let_go, DEFAULT.id, "cleared")
    let.then(DefaultModelChanged(before=DEFAULT, after=None, reason="cleared"))
    assert let.state.default is None


def test_a_deleted_model_says_why_the_default_went() -> None:
    Given(evolve, CHOSEN).when(let_go, DEFAULT.id, "model_deleted").then(
        DefaultModelChanged(before=DEFAULT, after=None, reason="model_deleted")
    )


def test_letting_go_of_another_model_changes_nothing() -> None:
    Given(evolve, CHOSEN).when(let_go, OTHER_DEFAULT.id, "cleared").then_nothing()
    assert let_go(Catalog(), DEFAULT.id, "cleared") == ()


def test_a_provider_that_goes_takes_its_model_as_default_along() -> None:
    Given(evolve, CHOSEN).when(let_go_of_provider, DEFAULT.provider_id).then(
        DefaultModelChanged(before=DEFAULT, after=None, reason="provider_deleted")
    )


def test_another_provider_that_goes_leaves_the_default() -> None:
    Given(evolve, CHOSEN).when(let_go_of_provider, OTHER_DEFAULT.provider_id).then_nothing()
    assert let_go_of_provider(Catalog(), DEFAULT.provider_id) == ()
