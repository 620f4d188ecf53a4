"""Each write asks under the append lock whether its organization was deleted, by both ways to write."""

from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.organization_contents import Contents, end_organization
from adapters.postgres.refusals import GuardFailed, OrganizationDeleted
from adapters.postgres.store import Decided, Prepared, Store, Stream
from adapters.postgres.write import Guard
from api.commands.core import ORGANIZATION
from domain import organization
from domain.organization import Belongings
from tests.support.examples import NOON
from tests.support.tables import everything
from tests.support.writes import meta, provider, sealed_key

OURS, THEIRS = UUID(int=101), UUID(int=102)


def _end(store: Store, *guards: Guard) -> None:
    def decide(_contents: Contents) -> Prepared:
        ended = organization.delete(None, "ours", Belongings())
        return store.prepare([Decided(Stream(ORGANIZATION, OURS), ended)], meta(OURS), NOON, guards=guards)

    end_organization(store, OURS, decide)


def test_nothing_is_written_for_a_deleted_organization(writer: Store, conninfo: str) -> None:
    _end(writer)
    before = everything(conninfo)
    with pytest.raises(OrganizationDeleted):
        writer.append([provider("Late")], meta(OURS), NOON, sealed=sealed_key(organization=OURS))
    assert everything(conninfo) == before
    writer.append([provider("Theirs")], meta(THEIRS), NOON, sealed=sealed_key(organization=THEIRS))
    assert len(everything(conninfo)["sealed_keys"]) == 1


def test_that_it_was_deleted_is_told_before_any_guard(writer: Store) -> None:
    _end(writer)
    with pytest.raises(OrganizationDeleted):
        writer.append([provider("Late")], meta(OURS), NOON, guards=[Guard("provider_exists", uuid4())])


def test_a_deletion_that_is_refused_destroys_nothing(writer: Store, conninfo: str) -> None:
    writer.append([provider("One")], meta(OURS), NOON, sealed=sealed_key(organization=OURS))
    before = everything(conninfo)
    with pytest.raises(GuardFailed):
        _end(writer, Guard("provider_exists", uuid4()))
    assert everything(conninfo) == before
    assert len(before["sealed_keys"]) == 1


def test_an_error_of_the_database_is_raised_as_it_is(store: Store, conninfo: str) -> None:
    before = everything(conninfo)
    with pytest.raises(psycopg.errors.DivisionByZero):
        store.append_alone(lambda connection: connection.execute("SELECT 1/0").fetchone())  # type: ignore[arg-type,return-value]  # never decides
    assert everything(conninfo) == before
