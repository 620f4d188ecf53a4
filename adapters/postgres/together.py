"""Many who ask at once are answered by one query."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

MOST: Final = 32
"""Questions that one query takes at most."""


class Together(Generic[Question, Answer]):
    """Asks one query at a time; who comes while it is under way waits for the next, with all others who wait.

    So no answer is older than its question, and a busy process sends few queries.

    Args:
        ask: from questions to their answers, in the same order. An exception as an answer is raised for the
            one who asked, one that is raised for all.
    """

    def __init__(self, ask: Callable[[Sequence[Question]], Awaitable[Sequence[Answer | Exception]]]) -> None:
        self._ask = ask
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._asking = False
        self._task: asyncio.Task[None] | None = None

    async def answer(self, question: Question) -> Answer:
        """The answer to a question. Raises what its query raised."""
        if self._asking:
            future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._waiting.append((question, future))
            return await future
        self._asking = True
        try:
            (answer,) = await self._ask([question])
        finally:
            if self._waiting:
                self._task = asyncio.create_task(self._ask_for_the_waiting())
            else:
                self._asking = False
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _ask_for_the_waiting(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # who has just been answered asks again, and may come along
            asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                answers = await self._ask([question for question, _ in asked])
            except Exception as error:  # noqa: BLE001  # handed to those who wait
                answers = [error] * len(asked)
            for (_, future), answer in zip(asked, answers, strict=True):
                if future.done():  # who asked has gone
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
        self._asking = False
