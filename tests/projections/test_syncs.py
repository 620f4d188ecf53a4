from datetime import timedelta

import pytest

from domain.listing import SyncFailure
from domain.sync import SyncCompleted, SyncCounts, SyncFailed, SyncStarted, Trigger
from projections.syncs import SYNCS, SyncRow, fold
from tests.support.examples import NOON, ORGANIZATION, PROVIDER_ID, STREAM, recorded

LATER = NOON + timedelta(seconds=3)
RUNNING = SyncRow(
    id=STREAM,
    organization=ORGANIZATION,
    provider_id=PROVIDER_ID,
    version=1,
    status="running",
    trigger="manual",
    actor="ada",
    started_at=NOON,
    finished_at=None,
    created=0,
    updated=0,
    changed=0,
    stale=0,
    listing_digest=None,
    code=None,
    message=None,
)


@pytest.mark.parametrize("trigger", ["manual", "schedule"])
def test_a_run_that_has_begun_is_a_running_row(trigger: Trigger) -> None:
    started = SyncStarted(provider_id=PROVIDER_ID, provider_name="One", trigger=trigger)
    assert fold(None, recorded(started)) == RUNNING._replace(trigger=trigger)


def test_a_completed_run_has_its_counts_and_its_listing() -> None:
    counts = SyncCounts(created=5, updated=10, changed=3, stale=2)
    completed = SyncCompleted(
        provider_id=PROVIDER_ID, provider_name="One", counts=counts, listing_digest="d1"
    )
    assert fold(RUNNING, recorded(completed, 2, at=LATER)) == RUNNING._replace(
        version=2,
        status="success",
        finished_at=LATER,
        created=5,
        updated=10,
        changed=3,
        stale=2,
        listing_digest="d1",
    )


def test_a_failed_run_says_why() -> None:
    failed = SyncFailed(
        provider_id=PROVIDER_ID, provider_name="One", failure=SyncFailure.TIMEOUT, message="No answer."
    )
    assert fold(RUNNING, recorded(failed, 2, at=LATER)) == RUNNING._replace(
        version=2, status="failed", finished_at=LATER, code="timeout", message="No answer."
    )
    assert fold(None, recorded(failed, 2)) is None


def test_a_run_whose_listing_was_refused_names_the_listing() -> None:
    failed = SyncFailed(
        provider_id=PROVIDER_ID,
        provider_name="One",
        failure=SyncFailure.EMPTY,
        message="No model.",
        listing_digest="d1",
    )
    row = fold(RUNNING, recorded(failed, 2, at=LATER))
    assert row is not None
    assert (row.code, row.listing_digest) == ("empty", "d1")


def test_the_read_model_is_the_table_of_runs() -> None:
    assert (SYNCS.table, SYNCS.row, SYNCS.fold) == ("syncs", SyncRow, fold)
