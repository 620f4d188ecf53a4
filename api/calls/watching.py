"""A caller who goes away ends the vendor's work."""

import asyncio
from types import TracebackType
from typing import Final, Self

from litestar.types import Receive

FIRST_LOOK: Final = 0.03
"""Seconds after which a caller begins to be watched: an answer that comes sooner needs no watch."""


class CallerLeft(Exception):
    """The caller hung up before the answer was whole. Nobody is there to be told."""


class WhileCallerWaits:
    """Cancels a block as soon as the caller hangs up, and raises CallerLeft out of it then.

    Attributes:
        left: the caller has hung up.

    Args:
        receive: the server's; nothing of the request's body may be left to come.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.left = False
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._work = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(FIRST_LOOK, self._begin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self.left and self._work is not None and self._work.uncancel() == 0:
            raise CallerLeft from None

    def _begin(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = True
        if self._work is not None:
            self._work.cancel()
