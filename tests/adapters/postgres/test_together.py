"""Who asks at once is answered by one query, and no answer is older than its question."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from adapters.postgres.together import MOST, Together

Asked = list[list[int]]


class Source:
    """Answers with ten times the question, once it may; 13 is refused, and 7 breaks the whole query."""

    def __init__(self) -> None:
        self.asked: Asked = []
        self.go_on = asyncio.Event()

    async def ask(self, questions: Sequence[int]) -> list[int | Exception]:
        self.asked.append(list(questions))
        await self.go_on.wait()
        if 7 in questions:
            raise RuntimeError("broken")
        return [ValueError(str(one)) if one == 13 else 10 * one for one in questions]


def run(test: Callable[[Source, Together[int, int]], Awaitable[None]]) -> None:
    async def begin() -> None:
        source = Source()
        await test(source, Together(source.ask))

    asyncio.run(begin())


def _all(together: Together[int, int], *questions: int) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(together.answer(one)) for one in questions]


async def _results(tasks: list[asyncio.Task[int]]) -> list[int | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_who_comes_while_a_query_is_under_way_waits_for_the_next_one() -> None:
    async def test(source: Source, together: Together[int, int]) -> None:
        tasks = _all(together, 1, 2, 3)
        await asyncio.sleep(0)
        assert source.asked == [[1]]
        source.go_on.set()
        assert await _results(tasks) == [10, 20, 30]
        assert source.asked == [[1], [2, 3]]
        assert await together.answer(4) == 40
        assert source.asked == [[1], [2, 3], [4]]

    run(test)


def test_a_query_takes_a_bounded_number_of_questions() -> None:
    async def test(source: Source, together: Together[int, int]) -> None:
        tasks = _all(together, *range(100, 102 + 2 * MOST))
        await asyncio.sleep(0)
        source.go_on.set()
        await _results(tasks)
        assert [len(questions) for questions in source.asked] == [1, MOST, MOST, 1]

    run(test)


def test_one_is_refused_alone() -> None:
    async def test(source: Source, together: Together[int, int]) -> None:
        tasks = _all(together, 13, 1, 13, 2)
        source.go_on.set()
        first, *others = await _results(tasks)
        assert isinstance(first, ValueError)
        assert others[0::2] == [10, 20]
        assert isinstance(others[1], ValueError)

    run(test)


@pytest.mark.parametrize("questions", [(7, 1, 2), (1, 7, 2)])
def test_a_query_that_breaks_breaks_for_those_who_shared_it_and_the_next_one_works(
    questions: tuple[int, ...],
) -> None:
    async def test(source: Source, together: Together[int, int]) -> None:
        tasks = _all(together, *questions)
        source.go_on.set()
        results = await _results(tasks)
        broken = [isinstance(result, RuntimeError) for result in results]
        assert broken == [7 in batch for batch in source.asked for _ in batch]
        assert any(broken)
        assert await together.answer(5) == 50

    run(test)


@pytest.mark.parametrize("gone", [0, 1])
def test_who_goes_away_takes_nobody_along(gone: int) -> None:
    async def test(source: Source, together: Together[int, int]) -> None:
        tasks = _all(together, 1, 2, 3)
        await asyncio.sleep(0)
        tasks[gone].cancel()
        await asyncio.sleep(0)
        source.go_on.set()
        results = await _results(tasks)
        assert isinstance(results.pop(gone), asyncio.CancelledError)
        assert results == [10 * one for one in (1, 2, 3) if one != gone + 1]

    run(test)
