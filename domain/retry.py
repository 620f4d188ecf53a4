"""When a failed request is tried again. Pure: the caller brings the clock's reading and the chance."""

from dataclasses import dataclass

MOST_RETRIES = 2
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
SPREAD = 0.25

_TRANSIENT = frozenset({408, 409, 429})


@dataclass(frozen=True, slots=True)
class Setback:
    """What a failed attempt says about another one.

    Args:
        status: the HTTP status; ``None``: the transport failed and no answer came.
        asked_wait: seconds the vendor asked to wait.
        should_retry: what the vendor says outright (``x-should-retry``); ``None``: it says nothing.
        quota_exhausted: the quota or the spending limit is used up, so that trying again cannot help.
    """

    status: int | None
    asked_wait: float | None = None
    should_retry: bool | None = None
    quota_exhausted: bool = False


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Wait this many seconds, then try again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The failure is final. ``come_back_after``: the seconds that the vendor asked to wait, if it did."""

    come_back_after: float | None


def verdict(setback: Setback, *, attempt: int, remaining: float, chance: float) -> RetryAfter | GiveUp:
    """Decide about the next attempt.

    A wait the vendor asked for is kept to the letter, since an earlier attempt would be refused; one longer
    than 60 s, or than what remains, ends the matter at once. Otherwise the wait doubles from 1 s,
    spread by ±25 %.

    Args:
        setback: what the failed attempt said.
        attempt: how many attempts were made, 1 or more.
        remaining: seconds until the caller's deadline.
        chance: from 0 to 1, where in its band the wait falls.
    """
    final = GiveUp(setback.asked_wait)
    if attempt > MOST_RETRIES or setback.quota_exhausted or not _is_transient(setback):
        return final
    wait = setback.asked_wait or _backoff(attempt, chance)
    if wait > LONGEST_WAIT or wait >= remaining:
        return final
    return RetryAfter(wait)


def _is_transient(setback: Setback) -> bool:
    if setback.should_retry is not None:
        return setback.should_retry
    return setback.status is None or setback.status in _TRANSIENT or setback.status >= 500  # noqa: PLR2004  5xx


def _backoff(attempt: int, chance: float) -> float:
    doubled: float = FIRST_WAIT * 2 ** (attempt - 1)
    return doubled * (1 + SPREAD * (2 * chance - 1))
