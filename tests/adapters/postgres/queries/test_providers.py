from datetime import timedelta
from uuid import UUID, uuid4

from adapters.postgres.queries.providers import find_provider, page_of_providers
from adapters.postgres.queries.syncs import page_of_syncs
from adapters.postgres.store import Decided, Store, Stream
from api.commands.core import SYNC
from domain.listing import SyncFailure
from domain.sync import SyncCompleted, SyncCounts, SyncFailed, SyncStarted
from projections.syncs import SyncRow
from tests.support.examples import NOON, ORGANIZATION
from tests.support.reading import ask
from tests.support.writes import meta, provider

IDS = [UUID(int=number) for number in (1, 2, 3)]
NOBODY = UUID(int=0)


def _providers(store: Store) -> None:
    for provider_id in IDS:
        store.append([provider(f"P{provider_id.int}", provider_id)], meta(), NOON)
    store.append([provider("Theirs", UUID(int=4))], meta(UUID(int=9)), NOON)


def _runs(store: Store) -> list[SyncRow]:
    """A run that succeeded and one that failed after it, of the first provider."""
    who = {"provider_id": IDS[0], "provider_name": "P1"}
    ends = [
        SyncCompleted(**who, counts=SyncCounts(created=1), listing_digest="d1"),
        SyncFailed(**who, failure=SyncFailure.TIMEOUT, message="No answer."),
    ]
    rows = []
    for number, end in enumerate(ends, 1):
        run = Stream(SYNC, UUID(int=100 + number))
        events = (SyncStarted(**who, trigger="manual"), end)
        appended = store.append([Decided(run, events)], meta(), NOON + timedelta(hours=number))
        rows.append(appended.rows[run.id])
    return rows


def test_a_provider_comes_with_its_last_run_and_its_last_success(store: Store, conninfo: str) -> None:
    _providers(store)
    _, failed = _runs(store)
    found = ask(conninfo, lambda reader: find_provider(reader, ORGANIZATION, IDS[0]))
    assert found is not None
    assert found.row.name == "P1"
    assert found.last_sync == failed
    assert found.ends.succeeded_at == NOON + timedelta(hours=1)


def test_a_provider_that_was_never_synced_has_no_run(store: Store, conninfo: str) -> None:
    _providers(store)
    found = ask(conninfo, lambda reader: find_provider(reader, ORGANIZATION, IDS[1]))
    assert found is not None
    assert (found.last_sync, found.ends.succeeded_at) == (None, None)


def test_another_organizations_provider_is_not_found(store: Store, conninfo: str) -> None:
    _providers(store)
    assert ask(conninfo, lambda reader: find_provider(reader, ORGANIZATION, UUID(int=4))) is None
    assert ask(conninfo, lambda reader: find_provider(reader, ORGANIZATION, uuid4())) is None


def test_providers_are_paged_by_their_ids(store: Store, conninfo: str) -> None:
    _providers(store)

    def page(after: UUID, limit: int) -> list[UUID]:
        found = ask(
            conninfo, lambda reader: page_of_providers(reader, ORGANIZATION, after=after, limit=limit)
        )
        return [one.row.id for one in found]

    assert page(NOBODY, 2) == IDS[:2]
    assert page(IDS[1], 2) == IDS[2:]
    assert page(IDS[2], 2) == []


def test_runs_are_paged_latest_first(store: Store, conninfo: str) -> None:
    _providers(store)
    succeeded, failed = _runs(store)

    def page(before: UUID | None, limit: int, organization: UUID = ORGANIZATION) -> list[SyncRow]:
        return ask(
            conninfo,
            lambda reader: page_of_syncs(reader, organization, IDS[0], before=before, limit=limit),
        )

    assert page(None, 10) == [failed, succeeded]
    assert page(None, 1) == [failed]
    assert page(failed.id, 10) == [succeeded]
    assert page(succeeded.id, 10) == []
    assert page(None, 10, UUID(int=9)) == []
