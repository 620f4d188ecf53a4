"""When a provider is synced next, decided by what became of its runs. Pure: no clock, no chance."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

GRACE: Final = timedelta(seconds=1)
"""A new provider is left alone for so long: whoever adds one and asks for its models at once comes first."""

FIRST_BACKOFF: Final = timedelta(minutes=5)
"""The wait after one failure. It doubles with each further one, up to the interval."""

SPREAD: Final = 0.1
"""The part of the interval by which a due time may lie earlier or later than the interval says."""

_MOST_DOUBLINGS: Final = 30
_HASHED: Final = 2**64


class Success(NamedTuple):
    """The last completed run."""

    sync_id: UUID
    at: datetime


class Failures(NamedTuple):
    """The failed runs since the last completed one: how many, when the last ended, and whether it died.

    Those of the schedule count. If there is none, people's count as one, which ended when the first of them
    did: who tries again and again by hand does not put the next sync off.
    """

    number: int
    at: datetime
    abandoned: bool


class Past(NamedTuple):
    """What a provider's next sync depends on.

    Attributes:
        since: when the provider became what it is: created, given this key or address, or enabled.
        success: the last completed run that began since then.
        failures: the runs that began since then and since that run, failed, and count.
    """

    since: datetime
    success: Success | None = None
    failures: Failures | None = None


def can_be_synced(*, active: bool, discovers: bool, has_key: bool) -> bool:
    """Whether a provider is synced without being asked: only one that is in use, lists, and can be called."""
    return active and discovers and has_key


def next_sync_at(provider_id: UUID, past: Past, interval: timedelta) -> datetime:
    """When the next sync is due; it may have been due long ago.

    Each process comes to the same instant from the same past, so that a restart changes none.
    """
    if past.failures is not None:
        return past.failures.at + _backoff(past.failures, interval)
    if past.success is not None:
        return past.success.at + interval * (1 + _spread(provider_id, past.success.sync_id))
    return past.since + GRACE


def _backoff(failures: Failures, interval: timedelta) -> timedelta:
    """The wait after failures.

    A run that died counts for none, so that its work is taken over at once. Those before it count, so that a
    run that kills its process each time is not begun for ever.
    """
    counted = failures.number - failures.abandoned
    if counted < 1:
        return timedelta()
    doublings: int = 2 ** min(counted - 1, _MOST_DOUBLINGS)
    return min(FIRST_BACKOFF * doublings, interval)


def _spread(provider_id: UUID, sync_id: UUID) -> float:
    """From -SPREAD to SPREAD, another one after each run, so that runs that were bunched do not stay so."""
    digest = sha256(provider_id.bytes + sync_id.bytes).digest()
    return SPREAD * (2 * int.from_bytes(digest[:8], "big") / _HASHED - 1)
