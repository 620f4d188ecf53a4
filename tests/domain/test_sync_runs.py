import pytest

from domain.listing import SyncFailure
from domain.sync import Sync, SyncCompleted, SyncCounts, SyncEvent, SyncFailed, SyncStarted, evolve
from tests.support.examples import PROVIDER_ID
from tests.support.given_when_then import Given

STARTED = SyncStarted(provider_id=PROVIDER_ID, provider_name="One", trigger="schedule")
COMPLETED = SyncCompleted(
    provider_id=PROVIDER_ID, provider_name="One", counts=SyncCounts(created=1), listing_digest="d1"
)
FAILED = SyncFailed(
    provider_id=PROVIDER_ID, provider_name="One", failure=SyncFailure.TIMEOUT, message="No answer."
)


def test_a_run_that_has_begun_is_running() -> None:
    assert Given(evolve, STARTED).state == Sync(provider_id=PROVIDER_ID, provider_name="One")
    assert Given(evolve, STARTED).state.status == "running"


@pytest.mark.parametrize(("end", "status"), [(COMPLETED, "success"), (FAILED, "failed")])
def test_a_run_ends_with_success_or_fails(end: SyncEvent, status: str) -> None:
    assert Given(evolve, STARTED, end).state.status == status


def test_counts_begin_at_zero() -> None:
    assert SyncCounts() == SyncCounts(created=0, updated=0, changed=0, stale=0)


def test_the_reasons_of_the_api_for_a_failed_sync_are_these() -> None:
    assert {failure.value for failure in SyncFailure} == {
        "key_rejected",
        "no_key",
        "unreachable",
        "timeout",
        "rate_limited",
        "malformed",
        "empty",
        "suspicious",
        "abandoned",
    }
