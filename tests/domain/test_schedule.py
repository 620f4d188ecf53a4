"""When a provider is due next: after a success, after failures, at once; never early, never in a bunch."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.schedule import (
    FIRST_BACKOFF,
    GRACE,
    SPREAD,
    Failures,
    Past,
    Success,
    can_be_synced,
    next_sync_at,
)
from tests.support.examples import NOON, PROVIDER_ID, SYNC_ID

DAY: Final = timedelta(hours=24)
IDS: Final = st.uuids(version=4)
INTERVALS: Final = st.timedeltas(timedelta(minutes=10), timedelta(days=365))
INSTANTS: Final = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1))  # noqa: DTZ001  # made aware below
AWARE: Final = INSTANTS.map(lambda instant: instant.replace(tzinfo=NOON.tzinfo))


def _failed(number: int, *, abandoned: bool = False) -> Past:
    return Past(NOON - DAY, Success(SYNC_ID, NOON - DAY), Failures(number, NOON, abandoned))


@pytest.mark.parametrize("missing", ["active", "discovers", "has_key"])
def test_only_an_active_provider_that_lists_its_models_and_can_be_called_is_synced_unasked(
    missing: str,
) -> None:
    facts = dict.fromkeys(("active", "discovers", "has_key"), True)
    assert can_be_synced(**facts)
    assert not can_be_synced(**{**facts, missing: False})


@given(IDS, INTERVALS)
def test_what_was_never_synced_as_it_is_now_is_due_at_once_but_for_a_moment(
    provider_id: UUID, interval: timedelta
) -> None:
    assert next_sync_at(provider_id, Past(NOON), interval) == NOON + GRACE


@given(IDS, IDS, AWARE, INTERVALS)
def test_after_a_success_the_next_sync_is_an_interval_away_give_or_take_a_tenth(
    provider_id: UUID, sync_id: UUID, ended: datetime, interval: timedelta
) -> None:
    due = next_sync_at(provider_id, Past(ended - DAY, Success(sync_id, ended)), interval)
    assert interval * 0.9 <= due - ended <= interval * 1.1


@given(IDS, IDS, AWARE, INTERVALS)
def test_every_process_comes_to_the_same_instant(
    provider_id: UUID, sync_id: UUID, ended: datetime, interval: timedelta
) -> None:
    past = Past(ended, Success(sync_id, ended))
    copied = Past(ended, Success(UUID(str(sync_id)), ended))
    assert next_sync_at(provider_id, past, interval) == next_sync_at(UUID(str(provider_id)), copied, interval)


@pytest.mark.parametrize("same", ["provider", "run"])
def test_a_thousand_syncs_that_end_at_one_instant_are_due_all_over_the_band(same: str) -> None:
    dues = [
        next_sync_at(
            PROVIDER_ID if same == "provider" else uuid4(),
            Past(NOON, Success(SYNC_ID if same == "run" else uuid4(), NOON)),
            DAY,
        )
        for _ in range(1_000)
    ]
    early, band = NOON + DAY * (1 - SPREAD), DAY * 2 * SPREAD
    tenths = [int((due - early) / band * 10) for due in dues]
    assert set(tenths) == set(range(10))
    assert max(tenths.count(tenth) for tenth in range(10)) < 180  # 100 each, and eight standard deviations


@pytest.mark.parametrize(
    ("number", "minutes"), [(1, 5), (2, 10), (3, 20), (4, 40), (9, 1_280), (10, 1_440), (5_000, 1_440)]
)
def test_failures_back_off_from_five_minutes_doubling_up_to_the_interval(number: int, minutes: int) -> None:
    assert next_sync_at(PROVIDER_ID, _failed(number), DAY) - NOON == timedelta(minutes=minutes)


@pytest.mark.parametrize(("number", "minutes"), [(1, 0), (2, 5), (3, 10), (5_000, 1_440)])
def test_a_run_that_died_is_done_again_at_once_unless_failures_came_before_it(
    number: int, minutes: int
) -> None:
    assert next_sync_at(PROVIDER_ID, _failed(number, abandoned=True), DAY) - NOON == timedelta(
        minutes=minutes
    )


@given(st.integers(1, 50), st.integers(1, 50), st.booleans(), INTERVALS)
def test_more_failures_never_mean_a_shorter_wait_and_none_is_longer_than_the_interval(
    fewer: int, more: int, abandoned: bool, interval: timedelta
) -> None:
    assume(fewer <= more)
    shorter, longer = (
        next_sync_at(PROVIDER_ID, _failed(number, abandoned=abandoned), interval) - NOON
        for number in (fewer, more)
    )
    assert timedelta() <= shorter <= longer <= interval
    assert abandoned or shorter >= min(FIRST_BACKOFF, interval)
