"""What is counted of calls in memory, and how it gets into the database, or is kept."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.usage import UsageRow
from api.calls.routing_view import RoutingView
from api.calls.usage_counts import UsageCounts
from api.calls.usage_flush import UsageFlush
from domain.cost import Tariff
from domain.prices import Prices
from tests.support.calls_ended import ended_call, refused_call, route


class _View:
    """Knows one price."""

    def tariff(self, *_: Any) -> Tariff:
        return Tariff.of(Prices(input="1", output="1", cached_input="1", cache_write="1"))


class _Database:
    """Takes batches, each number of a process once, if it answers at all."""

    def __init__(self) -> None:
        self.away = False
        self.answer_is_lost = False
        self.batches: dict[tuple[UUID, int], Sequence[UsageRow]] = {}

    async def add(self, _reader: Reader, process: UUID, batch: int, rows: Sequence[UsageRow]) -> None:
        if self.away:
            raise StoreUnavailable("PostgreSQL does not answer.")
        self.batches.setdefault((process, batch), rows)
        if self.answer_is_lost:
            raise StoreUnavailable("PostgreSQL does not answer.")

    @property
    def calls(self) -> int:
        return sum(row.calls for rows in self.batches.values() for row in rows)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> _Database:
    made = _Database()
    monkeypatch.setattr("api.calls.usage_flush.add_usage", made.add)
    return made


@pytest.fixture
def counts() -> UsageCounts:
    return UsageCounts(cast("RoutingView", _View()), most=3)


def _flush(counts: UsageCounts, clock: Callable[[], float] = lambda: 101.0) -> UsageFlush:
    return UsageFlush(cast("Reader", None), counts, clock)


def test_a_call_counts_on_the_day_on_which_it_came(counts: UsageCounts) -> None:
    counts.record(ended_call(started_at=86_400 * 20_000 - 0.001, ended=200.0))
    counts.record(ended_call(started_at=86_400 * 20_000))
    assert [row.day.isoformat() for row in counts.take()] == ["2024-10-03", "2024-10-04"]
    assert counts.take() == ()


def test_who_is_not_known_or_led_nowhere_is_not_counted(counts: UsageCounts) -> None:
    counts.record(refused_call(route=None))
    counts.record(refused_call(route=None, bearer=None))
    assert counts.take() == ()


def test_what_there_is_no_room_for_is_said_once_and_counted(
    counts: UsageCounts, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(6):
        counts.record(ended_call(route=route(f"m{number}")))
    counts.record(ended_call(route=route("m0")))
    assert (counts.left_out, len(caplog.messages)) == (3, 1)
    assert [row.calls for row in counts.take()] == [2, 1, 1]


def test_what_the_database_does_not_take_is_flushed_later(counts: UsageCounts, database: _Database) -> None:
    async def run() -> None:
        flush = _flush(counts)
        assert flush.lag == 0
        database.away = True
        counts.record(ended_call(ended=100.5))
        assert flush.lag == 0.5
        with pytest.raises(StoreUnavailable):
            await flush.flush()
        counts.record(ended_call(ended=100.9))
        assert flush.lag == 0.5
        database.away = False
        await flush.flush()
        assert (database.calls, flush.lag, flush.left_out) == (2, 0, 0)

    asyncio.run(run())


def test_a_batch_whose_answer_was_lost_is_sent_again_as_it_was(
    counts: UsageCounts, database: _Database
) -> None:
    async def run() -> None:
        flush = _flush(counts)
        counts.record(ended_call())
        database.answer_is_lost = True
        for _ in range(3):
            counts.record(ended_call())
            with pytest.raises(StoreUnavailable):
                await flush.flush()
        database.answer_is_lost = False
        await flush.flush()
        assert (database.calls, len(database.batches)) == (4, 2)

    asyncio.run(run())


def test_two_who_flush_at_once_send_everything_once(counts: UsageCounts, database: _Database) -> None:
    async def run() -> None:
        flush = _flush(counts)
        counts.record(ended_call())
        await asyncio.gather(flush.flush(), flush.flush())
        assert database.calls == 1

    asyncio.run(run())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.calls.usage_flush.INTERVAL", 0.001)
    monkeypatch.setattr("api.calls.usage_flush.LAST_FLUSH", 0.05)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  # what is waited for is another task's doing
            await asyncio.sleep(0.001)


@pytest.mark.usefixtures("hurried")
def test_counts_are_flushed_again_and_again_and_at_the_end(
    counts: UsageCounts,
    database: _Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    forgotten: list[Reader] = []

    async def forget(reader: Reader) -> None:
        forgotten.append(reader)
        if len(forgotten) == 1:
            raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr("api.calls.usage_flush.forget_ended_processes", forget)

    async def run() -> None:
        async with _flush(counts).at_work():
            counts.record(ended_call())
            await _until(lambda: database.calls == 1 and len(forgotten) == 2)
            database.away = True
            counts.record(ended_call())
            await _until(lambda: "is kept" in caplog.messages[-1])
            database.away = False
            await _until(lambda: database.calls == 2)
            counts.record(ended_call())
        assert database.calls == 3

    asyncio.run(run())
    assert len(forgotten) == 2


@pytest.mark.usefixtures("hurried")
def test_a_process_that_ends_without_its_database_says_what_is_lost(
    counts: UsageCounts, database: _Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        database.away = True
        async with _flush(counts).at_work():
            counts.record(ended_call())

    asyncio.run(run())
    assert database.calls == 0
    lost = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in lost] == [
        "The usage of the last calls could not be written, and is lost"
    ]
