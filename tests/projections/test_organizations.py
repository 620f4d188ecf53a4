from datetime import timedelta

from domain.organization import Belongings, OrganizationCreated, OrganizationDeleted
from projections.organizations import ORGANIZATIONS, OrganizationRow, fold
from tests.support.examples import NOON, ORGANIZATION, STREAM, recorded

ROW = OrganizationRow(
    id=STREAM,
    organization=ORGANIZATION,
    version=1,
    name="acme",
    created_at=NOON,
    created_by="ada",
    deleted_at=None,
)
DELETED = OrganizationDeleted(name="acme", belongings=Belongings())


def test_a_new_organization_is_a_row_with_its_name() -> None:
    assert fold(None, recorded(OrganizationCreated(name="acme"))) == ROW


def test_the_row_of_a_deleted_organization_stays_and_says_when() -> None:
    later = NOON + timedelta(hours=1)
    assert fold(ROW, recorded(DELETED, 2, at=later)) == ROW._replace(version=2, deleted_at=later)


def test_what_never_began_has_no_row() -> None:
    assert fold(None, recorded(DELETED)) is None


def test_the_read_model_is_the_table_of_organizations() -> None:
    assert (ORGANIZATIONS.table, ORGANIZATIONS.fold) == ("organizations", fold)
