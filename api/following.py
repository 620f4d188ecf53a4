"""The log's end followed in a serving process: by its own writes at once, by others' as they hint."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.reader import Reader
from adapters.postgres.store import Store
from adapters.postgres.tail import Tail
from adapters.postgres.tail_hints import Hints
from api.calls.freshness import Freshness
from api.queries.feed import event_body


@asynccontextmanager
async def following_the_log(
    store: Store, conninfo: str, reader: Reader, calls: Freshness
) -> AsyncIterator[Tail]:
    """The tail of the log, for the time of a block; what calls are routed by gets the same hints."""
    tail = Tail(reader, event_body)
    loop = asyncio.get_running_loop()

    def grown() -> None:
        tail.hint()
        calls.hint()

    hints = Hints(conninfo, reader, grown)

    def written() -> None:
        grown()
        hints.tell()

    def tell_the_loop() -> None:
        calls.written()
        loop.call_soon_threadsafe(written)

    before = store.when_appended
    async with tail.at_work(), hints.at_work():
        store.when_appended = tell_the_loop
        try:
            yield tail
        finally:
            store.when_appended = before
