"""Watching over callers, and over the time of their calls."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from litestar.types import HTTPReceiveMessage

from api.calls.watching import FIRST_LOOK, CallerLeft, Lookout, WhileCallerWaits

_LONG = 600.0
_PATIENCE = 30.0


class _Caller:
    """Hangs up when told to. ``asked``: how often somebody has begun to watch."""

    def __init__(self) -> None:
        self.asked = 0
        self.watched = asyncio.Event()
        self.gone = asyncio.Event()

    async def receive(self) -> HTTPReceiveMessage:
        self.asked += 1
        if self.asked == 1:  # a server may have an empty last piece of the request to tell of
            return {"type": "http.request", "body": b"", "more_body": False}
        self.watched.set()
        await self.gone.wait()
        return {"type": "http.disconnect"}


def _run(test: Callable[[_Caller, Lookout], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(_PATIENCE):
            await test(_Caller(), Lookout())

    asyncio.run(bounded())


async def _wait(lookout: Lookout, caller: _Caller, work: Coroutine[Any, Any, None], seconds: float) -> None:
    end = asyncio.get_running_loop().time() + seconds
    with WhileCallerWaits(lookout, caller.receive, end):
        await work


def test_a_quick_call_is_never_watched() -> None:
    async def test(caller: _Caller, lookout: Lookout) -> None:
        slow = _Caller()
        waiting = asyncio.create_task(_wait(lookout, slow, asyncio.Event().wait(), _LONG))  # type: ignore[arg-type]  # its result is not used
        while not slow.asked:
            await _wait(lookout, caller, asyncio.sleep(0), _LONG)
        assert caller.asked == 0
        slow.gone.set()
        with pytest.raises(CallerLeft):
            await waiting

    _run(test)


def test_a_call_whose_caller_hangs_up_is_cancelled() -> None:
    async def test(caller: _Caller, lookout: Lookout) -> None:
        caller.gone.set()
        with pytest.raises(CallerLeft):
            await _wait(lookout, caller, asyncio.sleep(_LONG), _LONG)
        assert caller.asked == 2

    _run(test)


@pytest.mark.parametrize("seconds", [0.0, FIRST_LOOK, FIRST_LOOK * 4])
def test_a_call_ends_with_its_time(seconds: float) -> None:
    async def test(caller: _Caller, lookout: Lookout) -> None:
        with pytest.raises(TimeoutError):
            await _wait(lookout, caller, asyncio.sleep(_LONG), seconds)

    _run(test)


def test_a_call_is_given_up_once_whatever_else_happens() -> None:
    async def test(caller: _Caller, lookout: Lookout) -> None:
        async def work() -> None:
            try:
                await asyncio.sleep(_LONG)
            except asyncio.CancelledError:
                caller.gone.set()
                await asyncio.sleep(FIRST_LOOK)
                raise

        with pytest.raises(TimeoutError):
            await _wait(lookout, caller, work(), 0.0)

    _run(test)


def test_a_call_that_is_cancelled_from_elsewhere_stays_cancelled() -> None:
    async def test(caller: _Caller, lookout: Lookout) -> None:
        task = asyncio.create_task(_wait(lookout, caller, asyncio.sleep(_LONG), _LONG))
        await caller.watched.wait()
        task.cancel()
        assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
        cancelled_twice = asyncio.create_task(_wait(lookout, caller, asyncio.sleep(_LONG), 0.0))
        await asyncio.sleep(0)
        cancelled_twice.cancel()
        assert isinstance(
            (await asyncio.gather(cancelled_twice, return_exceptions=True))[0], asyncio.CancelledError
        )

    _run(test)


def test_the_lookout_sleeps_when_nobody_waits_and_wakes_for_the_next() -> None:
    async def test(caller: _Caller, lookout: Lookout) -> None:
        await _wait(lookout, caller, asyncio.sleep(0), _LONG)
        await asyncio.sleep(FIRST_LOOK * 3)
        caller.gone.set()
        with pytest.raises(CallerLeft):
            await _wait(lookout, caller, asyncio.sleep(_LONG), _LONG)

    _run(test)
