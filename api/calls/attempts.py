"""One call's attempts to get an answer from its vendor, by the rules of domain/retry.py."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias, TypeVar

from adapters.drivers.calls.driver import CallDriver, VendorRequest
from adapters.drivers.calls.failures import error_document
from adapters.outbound.calls import CallClient, VendorAnswer
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.hints import setback_of
from api.calls.refusals import broken
from domain.call import Broke
from domain.retry import GiveUp, verdict
from domain.secret import Secret

Taken = TypeVar("Taken")
Pause: TypeAlias = Callable[[float], Awaitable[None]]

_LARGEST_ERROR: Final = 64 * 1024
_ERRORS: Final = 400  # RFC 9110: 4xx and 5xx
_REDIRECTS: Final = 300
_BROKE: Final = {
    OutboundFailure.REFUSED: ("unreachable", 502),
    OutboundFailure.UNSENDABLE: ("key_rejected", 502),
    OutboundFailure.UNREACHABLE: ("unreachable", 502),
    OutboundFailure.TIMEOUT: ("timeout", 504),
    OutboundFailure.MALFORMED: ("malformed", 502),
}


class Exchange(NamedTuple):
    """One call's request, ready to be sent, and who understands its answer.

    Attributes:
        client: what it is sent with.
        driver: knows the vendor's errors.
        request: what is sent.
        secrets: the keys in it.
        end: until when there must be an answer, on the loop's clock.
        pause: how to wait between attempts.
    """

    client: CallClient
    driver: CallDriver
    request: VendorRequest
    secrets: Sequence[Secret]
    end: float
    pause: Pause = asyncio.sleep

    async def attempt(self, take: Callable[[VendorAnswer], Awaitable[Taken]]) -> "Taken | Failed":
        """Send the request once, and take what is wanted of its answer."""
        request = self.request
        try:
            answer = await self.client.send(
                request.url, headers=request.headers, body=request.body, method=request.method
            )
            if answer.status >= _REDIRECTS:
                return await _refusal(answer, self)
            try:
                return await take(answer)
            except BaseException:
                answer.close()
                raise
        except OutboundError as error:
            return Failed(error, broke_by(error))


@dataclass(slots=True)
class Attempts:
    """What it took to get an answer: how many attempts, and the seconds that went by outside of Keyroll."""

    count: int = 0
    waited: float = 0.0

    async def until(
        self, attempt: Callable[[int], Awaitable["Taken | Failed"]], end: float, pause: Pause
    ) -> Taken:
        """What an attempt brings, as the first thing of the answer that the caller gets to see.

        Args:
            attempt: makes one; it is told the how many-th it is.
            end: until when there must be an answer, on the loop's clock.
            pause: how to wait between attempts.

        Raises:
            CallRefused: there is none, after at most two retries.
        """
        clock = asyncio.get_running_loop().time
        while True:
            self.count += 1
            began = time.perf_counter()  # the loop's clock counts whole milliseconds
            try:
                taken = await attempt(self.count)
            finally:
                self.waited += time.perf_counter() - began
            if not isinstance(taken, Failed):
                return taken
            judged = verdict(
                setback_of(taken.error, datetime.now(UTC)),
                attempt=self.count,
                remaining=end - clock(),
                chance=random.random(),  # noqa: S311  # spreads retries, guards nothing
            )
            if isinstance(judged, GiveUp):
                raise broken(taken.broke, judged.come_back_after)
            if taken.error.failure in _FINAL:
                raise broken(taken.broke)
            self.waited += judged.seconds
            await pause(judged.seconds)


class Failed(NamedTuple):
    """What the retry rules and the caller are told of an attempt that brought nothing."""

    error: OutboundError
    broke: Broke


def broke_by(error: OutboundError) -> Broke:
    """What a failure on the way to the vendor comes to."""
    kind, status = _BROKE[error.failure]
    return Broke(kind, f"the provider gave no answer: {error.message}", status)


async def _refusal(answer: VendorAnswer, exchange: Exchange) -> Failed:
    headers = answer.headers
    try:
        body = await answer.read(_LARGEST_ERROR)
    except OutboundError:
        body = b""  # an error page is no reason to forget the status it came with
    finally:
        answer.close()
    if answer.status < _ERRORS:
        moved = OutboundError(
            OutboundFailure.MALFORMED,
            "its address leads elsewhere, and redirects are not followed; correct its base URL",
        )
        return Failed(moved, broke_by(moved))
    error = OutboundError(
        OutboundFailure.STATUS, "", status=answer.status, headers=dict(headers), body=error_document(body)
    )
    return Failed(error, exchange.driver.failure(answer.status, headers, body, exchange.secrets))


_FINAL: Final = frozenset({OutboundFailure.REFUSED, OutboundFailure.UNSENDABLE, OutboundFailure.MALFORMED})
"""Failures that another attempt meets again."""
