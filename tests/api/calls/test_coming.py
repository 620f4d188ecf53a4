"""An answer that comes out of this process: it ends once, and lets go of its driver."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from adapters.drivers.calls.failures import CUT_OFF
from api.calls.coming import ComingFromHere
from domain.call import Began, Broke, CallEvent, Ended, StopReason, TextCame, Usage

STOPPED = Broke("unavailable", "stopped", 503)


class Writer:
    """Writes an event as its kind."""

    def feed(self, event: CallEvent) -> bytes:
        return b"" if isinstance(event, Began) else type(event).__name__.encode()


class Driver:
    """Says what the test tells it to, and notes when it is let go."""

    def __init__(self, *events: CallEvent) -> None:
        self.let_go = False
        self._events = events

    async def answer(self) -> AsyncGenerator[CallEvent, None]:
        try:
            for event in self._events:
                yield event
        finally:
            self.let_go = True


def _coming(driver: Driver) -> ComingFromHere:
    return ComingFromHere(driver.answer(), Writer())


def test_what_goes_to_the_caller_first_is_what_says_something() -> None:
    async def read() -> None:
        coming = await _coming(Driver(Began(None, "m"), TextCame("Hi"))).begin()
        assert (coming.first, coming.over) == (b"TextCame", False)

    asyncio.run(read())


def test_an_end_is_the_end_and_brings_the_usage() -> None:
    async def read() -> None:
        coming = await _coming(Driver(Ended(StopReason.END, Usage(1, 2)))).begin()
        assert (coming.first, coming.over, coming.usage, coming.broke) == (b"Ended", True, Usage(1, 2), None)
        assert coming.break_off(STOPPED) == b""
        await coming.read_out()

    asyncio.run(read())


@pytest.mark.parametrize("broke", [None, STOPPED])
def test_a_driver_that_stops_without_an_end_is_cut_off_once(broke: Broke | None) -> None:
    async def read() -> None:
        ends = () if broke is None else (broke,)
        coming = await _coming(Driver(TextCame("Hi"), *ends)).begin()
        assert await coming.more() == b"Broke"
        assert (coming.over, coming.broke) == (True, broke or CUT_OFF)

    asyncio.run(read())


def test_an_answer_that_is_broken_off_ends_once_and_lets_its_driver_go() -> None:
    async def read() -> None:
        driver = Driver(TextCame("Hi"), TextCame("there"))
        coming = await _coming(driver).begin()
        assert coming.break_off(STOPPED) == b"Broke"
        assert (coming.over, coming.broke, driver.let_go) == (True, STOPPED, False)
        await coming.close()
        assert driver.let_go

    asyncio.run(read())
