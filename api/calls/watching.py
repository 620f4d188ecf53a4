"""A caller who goes away ends the vendor's work at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.types import Receive


class CallerLeft(Exception):
    """The caller hung up before the answer was whole. Nobody is there to be told."""


@asynccontextmanager
async def while_caller_waits(receive: Receive) -> AsyncIterator[None]:
    """Cancel the block as soon as the caller hangs up.

    Raises:
        CallerLeft: that happened.
    """
    work = asyncio.current_task()
    left = False

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        left = True
        if work is not None:
            work.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not left or work is None or work.uncancel() > 0:
            raise
        raise CallerLeft from None
    finally:
        watcher.cancel()
