"""When a failed request is tried again, and when not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.retry import GiveUp, RetryAfter, Setback, verdict


def ask(
    setback: Setback, *, attempt: int = 1, remaining: float = 1000.0, chance: float = 0.5
) -> RetryAfter | GiveUp:
    return verdict(setback, attempt=attempt, remaining=remaining, chance=chance)


@pytest.mark.parametrize("status", [None, 408, 409, 429, 500, 502, 503, 504, 529])
def test_a_transient_failure_is_tried_twice_more_after_1_and_2_seconds(status: int | None) -> None:
    verdicts = [ask(Setback(status), attempt=attempt) for attempt in (1, 2, 3)]
    assert verdicts == [RetryAfter(1.0), RetryAfter(2.0), GiveUp(None)]


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 413, 422])
def test_a_failure_that_would_repeat_is_final(status: int) -> None:
    assert ask(Setback(status)) == GiveUp(None)


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_waits_are_spread_by_a_quarter(chance: float, wait: float) -> None:
    assert ask(Setback(503), chance=chance) == RetryAfter(wait)


def test_a_wait_that_the_vendor_asks_for_is_kept_to_the_letter() -> None:
    assert ask(Setback(429, asked_wait=7.5), chance=0.0) == RetryAfter(7.5)


def test_a_wait_of_zero_asks_for_nothing() -> None:
    assert ask(Setback(429, asked_wait=0.0)) == RetryAfter(1.0)


def test_a_wait_beyond_the_cap_fails_at_once_and_says_when_to_come_back() -> None:
    assert ask(Setback(429, asked_wait=60.0)) == RetryAfter(60.0)
    assert ask(Setback(429, asked_wait=60.5)) == GiveUp(60.5)


def test_a_wait_beyond_the_deadline_fails_at_once_and_says_when_to_come_back() -> None:
    assert ask(Setback(429, asked_wait=5.0), remaining=5.1) == RetryAfter(5.0)
    assert ask(Setback(429, asked_wait=5.0), remaining=5.0) == GiveUp(5.0)
    assert ask(Setback(503), remaining=0.5) == GiveUp(None)


def test_what_the_vendor_says_outright_overrides_the_status() -> None:
    assert ask(Setback(400, should_retry=True)) == RetryAfter(1.0)
    assert ask(Setback(503, should_retry=False)) == GiveUp(None)


def test_an_exhausted_quota_is_final_whatever_else_is_said() -> None:
    assert ask(Setback(429, asked_wait=3.0, should_retry=True, quota_exhausted=True)) == GiveUp(3.0)


statuses = st.one_of(st.none(), st.integers(300, 599))


@settings(max_examples=1_000, deadline=None)
@given(
    st.builds(Setback, statuses, st.none() | st.floats(0, 1e6), st.none() | st.booleans(), st.booleans()),
    st.integers(1, 5),
    st.floats(0, 1000),
    st.floats(0, 1),
)
def test_a_verdict_never_waits_less_than_asked_nor_longer_than_it_may(
    setback: Setback, attempt: int, remaining: float, chance: float
) -> None:
    match ask(setback, attempt=attempt, remaining=remaining, chance=chance):
        case RetryAfter(seconds):
            assert attempt <= 2
            assert not setback.quota_exhausted
            assert 0 < seconds <= 60
            assert seconds < remaining
            assert seconds == setback.asked_wait or (
                not setback.asked_wait and 0.75 * 2 ** (attempt - 1) <= seconds <= 1.25 * 2 ** (attempt - 1)
            )
        case GiveUp(come_back_after):
            assert come_back_after == setback.asked_wait
