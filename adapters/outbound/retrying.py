"""Try a request again as the rules of domain/retry.py allow, by means of tenacity."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import tenacity

from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.hints import setback_of
from domain.retry import MOST_RETRIES, GiveUp, RetryAfter, verdict

Answer = TypeVar("Answer")
Chance = Callable[[], float]

_WORTH_A_VERDICT = frozenset({OutboundFailure.UNREACHABLE, OutboundFailure.TIMEOUT, OutboundFailure.STATUS})


class _TryAgainError(Exception):
    """Tells tenacity that the rules allow another attempt."""


class Retrying:
    """Runs an attempt up to three times.

    Args:
        clock: seconds that only grow, for the deadline.
        now: the time of day with its zone, for HTTP dates.
        sleep: how to wait.
        chance: a number from 0 to 1, for the jitter.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        chance: Chance,
    ) -> None:
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._chance = chance

    async def run(self, attempt: Callable[[float], Awaitable[Answer]], deadline: float) -> Answer:
        """The first answer that comes.

        Args:
            attempt: does the request; it is told how many seconds it may take.
            deadline: seconds for all attempts and the waits between them.

        Raises:
            OutboundError: the last attempt's, with ``come_back_after`` where the vendor asked for a wait.
        """
        end = self._clock() + deadline
        attempts = 0
        pause = 0.0

        async def once() -> Answer:
            nonlocal attempts, pause
            attempts += 1
            try:
                return await attempt(end - self._clock())
            except OutboundError as error:
                judged = self._judge(error, attempts, end)
                if isinstance(judged, GiveUp):
                    error.come_back_after = judged.come_back_after
                    raise
                pause = judged.seconds
                raise _TryAgainError from None

        return await tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            stop=tenacity.stop_after_attempt(MOST_RETRIES + 1),
            wait=lambda _: pause,
            sleep=self._sleep,
            reraise=True,
        )(once)

    def _judge(self, error: OutboundError, attempts: int, end: float) -> RetryAfter | GiveUp:
        if error.failure not in _WORTH_A_VERDICT:
            return GiveUp(None)
        setback = setback_of(error, self._now())
        return verdict(setback, attempt=attempts, remaining=end - self._clock(), chance=self._chance())
