"""Ask a database one question with a reader of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.postgres.reader import Reader

T = TypeVar("T")


def ask(conninfo: str, question: Callable[[Reader], Awaitable[T]]) -> T:
    """What the question comes to."""

    async def run() -> T:
        async with Reader(conninfo) as reader:
            return await question(reader)

    return asyncio.run(run())
