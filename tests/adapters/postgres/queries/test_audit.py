from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.postgres.queries.audit import page_of_events
from adapters.postgres.queries.audit_filter import AuditFilter
from adapters.postgres.store import Store
from domain.event import Meta
from tests.support.examples import NOON, ORGANIZATION
from tests.support.reading import ask
from tests.support.writes import meta, provider, token

PROVIDER_ID = UUID(int=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def history(store: Store) -> None:
    """Positions 1 to 4 are ours, 5 is another organization's."""
    store.append([provider("One", PROVIDER_ID)], _by("ada", "r1"), NOON)
    store.append([provider("Two"), token("ci")], _by("bob", "r2"), NOON + HOUR)
    store.append([token("cd")], _by("ada", "r3"), NOON + 2 * HOUR)
    store.append([provider("One")], meta(uuid4()), NOON)


def _by(actor: str, request_id: str) -> Meta:
    return Meta(organization=ORGANIZATION, actor=actor, request_id=request_id)


def _positions(conninfo: str, wanted: AuditFilter, before: int | None = None, limit: int = 50) -> list[int]:
    found = ask(
        conninfo, lambda reader: page_of_events(reader, ORGANIZATION, wanted, before=before, limit=limit)
    )
    return [recorded.position for recorded in found.events]


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (AuditFilter(), [4, 3, 2, 1]),
        (AuditFilter(actor="ada"), [4, 1]),
        (AuditFilter(topics=("access.token_issued.v1",)), [4, 3]),
        (AuditFilter(topics=("access.token_issued.v1", "provider.created.v1")), [4, 3, 2, 1]),
        (AuditFilter(topics=()), []),
        (AuditFilter(subject=PROVIDER_ID), [1]),
        (AuditFilter(request_id="r2"), [3, 2]),
        (AuditFilter(since=NOON + HOUR), [4, 3, 2]),
        (AuditFilter(until=NOON + HOUR), [1]),
        (AuditFilter(since=NOON, until=NOON + 2 * HOUR, actor="bob"), [3, 2]),
        (AuditFilter(actor="carol"), []),
    ],
)
def test_events_are_found_by_every_filter_latest_first(
    conninfo: str, wanted: AuditFilter, positions: list[int]
) -> None:
    assert _positions(conninfo, wanted) == positions


def test_events_are_paged_by_their_positions(conninfo: str) -> None:
    assert _positions(conninfo, AuditFilter(), limit=3) == [4, 3, 2]
    assert _positions(conninfo, AuditFilter(), before=2) == [1]
    assert _positions(conninfo, AuditFilter(), before=1) == []


def test_an_event_is_read_as_it_was_written(conninfo: str, store: Store) -> None:
    page = ask(
        conninfo,
        lambda reader: page_of_events(
            reader, ORGANIZATION, AuditFilter(subject=PROVIDER_ID), before=None, limit=1
        ),
    )
    (found,) = page.events
    assert found == store.mapper.to_domain_event(store.log.log(0, 1)[0])
