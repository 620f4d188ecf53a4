"""A caller who goes away ends the vendor's work, and so does the end of a call's time."""

import asyncio
from types import TracebackType
from typing import Final, Self

from litestar.types import Receive

FIRST_LOOK: Final = 0.03
"""Seconds after which, or twice that, a caller begins to be watched: a sooner answer needs no watch."""


class CallerLeft(Exception):
    """The caller hung up before the answer was whole. Nobody is there to be told."""


class Lookout:
    """Begins to watch those calls of a process that take their time: one timer for all, since most do not."""

    def __init__(self) -> None:
        self._new: set[WhileCallerWaits] = set()
        self._waiting: set[WhileCallerWaits] = set()
        self._looks = False

    def add(self, call: "WhileCallerWaits") -> None:
        """Watch a call if it is not removed soon."""
        self._new.add(call)
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(FIRST_LOOK, self._look)

    def remove(self, call: "WhileCallerWaits") -> None:
        """The call needs no watch any more."""
        self._new.discard(call)
        self._waiting.discard(call)

    def _look(self) -> None:
        for call in self._waiting:
            call.watch()
        self._waiting, self._new = self._new, set()
        self._looks = bool(self._waiting)
        if self._looks:
            asyncio.get_running_loop().call_later(FIRST_LOOK, self._look)


class WhileCallerWaits:
    """Cancels a block as soon as the caller hangs up, or at the end of the call's time.

    Out of the block comes CallerLeft then, or TimeoutError.

    Attributes:
        over: why the block was cancelled; None: it was not, or not from here.

    Args:
        lookout: the process's.
        receive: the server's; nothing of the request's body may be left to come.
        end: of the call's time, on the loop's clock.
    """

    def __init__(self, lookout: Lookout, receive: Receive, end: float) -> None:
        self._lookout = lookout
        self._receive = receive
        self._end = end
        self._watcher: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.over: CallerLeft | TimeoutError | None = None

    def __enter__(self) -> Self:
        self._work = asyncio.current_task()
        if self._end - asyncio.get_running_loop().time() > 2 * FIRST_LOOK:
            self._lookout.add(self)
        else:
            self.watch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lookout.remove(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self.over is not None and self._work is not None and self._work.uncancel() == 0:
            raise self.over from None

    def watch(self) -> None:
        """From now on, not only from the lookout's next look."""
        self._timer = asyncio.get_running_loop().call_at(self._end, self._give_up, TimeoutError())
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._give_up(CallerLeft())

    def _give_up(self, why: CallerLeft | TimeoutError) -> None:
        if self.over is None and self._work is not None:
            self.over = why
            self._work.cancel()
