import pytest

from domain.errors import OrganizationGone
from domain.organization import (
    Belongings,
    Organization,
    OrganizationCreated,
    OrganizationDeleted,
    create,
    delete,
    evolve,
)
from tests.support.given_when_then import Given

CREATED = OrganizationCreated(name="acme")
HAD = Belongings(providers=2, models=1, keys=3)
DELETED = OrganizationDeleted(name="acme", belongings=HAD)


def test_an_organization_is_created_once() -> None:
    assert create(None, "acme") == (CREATED,)
    assert create(Organization(name="acme"), "acme") == ()


def test_a_deleted_organization_is_not_created_again() -> None:
    gone = Given(evolve, CREATED, DELETED).state
    assert gone == Organization(name="acme", deleted=True)
    with pytest.raises(OrganizationGone):
        create(gone, "acme")


def test_a_deletion_says_how_much_went() -> None:
    assert delete(Organization(name="acme"), "acme", HAD) == (DELETED,)


def test_an_organization_that_nobody_has_named_is_named_when_it_ends() -> None:
    assert delete(None, "acme", HAD) == (CREATED, DELETED)


def test_an_organization_is_deleted_once() -> None:
    with pytest.raises(OrganizationGone):
        delete(Organization(name="acme", deleted=True), "acme", HAD)


def test_belongings_are_told_in_words() -> None:
    assert str(HAD) == "2 providers, 1 model, 0 tokens, 0 webhooks, 3 keys"
