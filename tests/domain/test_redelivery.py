from datetime import timedelta

import pytest

from domain.redelivery import LONGEST_ASKED, RETRIES, wait_after

HOUR = 3600.0


def test_the_plan_is_followed_and_ends() -> None:
    waits = [wait_after(RETRIES, attempts, asked=None, chance=0.5) for attempts in range(1, 11)]
    assert waits == [*RETRIES, None]


def test_waits_of_webhooks_that_failed_together_differ_by_a_tenth_at_most() -> None:
    for attempts, planned in enumerate(RETRIES, 1):
        least, most = (wait_after(RETRIES, attempts, asked=None, chance=chance) for chance in (0.0, 1.0))
        assert (least, most) == (planned * 0.9, planned * 1.1)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (HOUR, timedelta(hours=1)),
        (0.0, RETRIES[0]),
        (1.0, RETRIES[0]),
        (100 * HOUR, LONGEST_ASKED),
        (999_999_999_999.0, LONGEST_ASKED),
    ],
)
def test_a_receiver_may_ask_for_a_longer_wait_up_to_a_day_and_not_for_a_shorter_one(
    asked: float, wait: timedelta
) -> None:
    assert wait_after(RETRIES, 1, asked=asked, chance=0.5) == wait


def test_who_asks_to_be_waited_for_gets_no_retry_beyond_the_plan() -> None:
    assert wait_after(RETRIES, len(RETRIES) + 1, asked=HOUR, chance=0.5) is None
