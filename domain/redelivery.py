"""When a message that was not taken is sent again. Pure: the caller brings what was asked and the chance."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

RETRIES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""The waits between attempts, as Standard Webhooks propose them; after the last one a webhook is parked."""

LONGEST_ASKED: Final = timedelta(hours=24)
"""A receiver that asks for a longer wait is tried again after this one."""

_SPREAD: Final = 0.1


def wait_after(
    retries: Sequence[timedelta], attempts: int, *, asked: float | None, chance: float
) -> timedelta | None:
    """How long to wait after a failed attempt; None: no retry is left.

    The plan's wait is spread by ±10 %, so that webhooks that failed together do not come back together.
    A receiver may ask for more (Retry-After: RFC 9110, section 10.2.3), not for less: one that asks for
    nothing at all would use up its retries in a moment.

    Args:
        retries: the waits that are planned.
        attempts: how many attempts have failed, 1 or more.
        asked: seconds that the receiver asked to wait; None: it did not.
        chance: from 0 to 1, where in its band the wait falls.
    """
    if attempts > len(retries):
        return None
    planned = retries[attempts - 1] * (1 + _SPREAD * (2 * chance - 1))
    if asked is None:
        return planned
    return max(planned, timedelta(seconds=min(asked, LONGEST_ASKED.total_seconds())))
