"""Usage is added, by many at once, and each batch once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from adapters.postgres.queries.usage import UsageGroup, UsagePeriod, UsageSum, page_of_usage
from adapters.postgres.reader import Reader
from adapters.postgres.usage import UsageRow, add_usage, forget_ended_processes
from tests.support.tables import everything, execute

ORGANIZATION = UUID(int=1)
DAY = date(2026, 11, 23)

pytestmark = pytest.mark.usefixtures("store")  # which gives the database its shape


def _row(
    model: int = 1,
    name: str = "m1",
    cost: str = "0.000000000000001",
    provider_name: str = "Our box",
    later: int = 0,
) -> UsageRow:
    return UsageRow(
        organization=ORGANIZATION,
        day=DAY,
        token_id=UUID(int=2),
        model=UUID(int=model),
        token_name="ci",
        provider_id=UUID(int=3),
        provider_name=provider_name,
        model_id=name,
        calls=1,
        errors=2,
        uncounted_calls=3,
        unpriced_calls=4,
        input_tokens=5,
        cached_input_tokens=6,
        cache_write_tokens=7,
        output_tokens=8,
        reasoning_tokens=9,
        cost_usd=Decimal(cost),
        last_call_at=datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(seconds=later),
    )


async def _sums(reader: Reader, *groups: UsageGroup) -> list[UsageSum]:
    return await page_of_usage(
        reader, ORGANIZATION, UsagePeriod(None, None), groups, after=None, limit=100_000
    )


def test_batches_are_added_up_to_the_last_digit_and_names_are_the_latest(conninfo: str) -> None:
    async def run() -> None:
        async with Reader(conninfo) as reader:
            for batch, name in enumerate(("old", "new"), start=1):
                await add_usage(reader, UUID(int=7), batch, [_row(name=name, cost="1000000.000000000000001")])
            (found,) = await _sums(reader, UsageGroup.MODEL, UsageGroup.TOKEN)
        assert (found.model_id, found.token_name, found.provider_name, found.day) == ("new", "ci", None, None)
        assert found[7:] == (2, 4, 6, 8, 10, 12, 14, 16, 18, Decimal("2000000.000000000000002"))

    asyncio.run(run())


def test_a_group_bears_the_name_that_its_latest_call_knew(conninfo: str) -> None:
    async def run() -> None:
        named = [_row(1, provider_name="old"), _row(2, provider_name="new", later=2), _row(3, later=1)]
        async with Reader(conninfo) as reader:
            for batch, rows in enumerate((named, [_row(3, later=1)]), start=1):
                await add_usage(reader, UUID(int=7), batch, rows)
            (found,) = await _sums(reader, UsageGroup.PROVIDER)
        assert (found.provider_name, found.calls) == ("new", 4)

    asyncio.run(run())


def test_a_batch_that_is_sent_again_adds_nothing(conninfo: str) -> None:
    async def run() -> None:
        async with Reader(conninfo) as reader:
            for batch in (1, 1, 2, 2, 1):
                await add_usage(reader, UUID(int=7), batch, [_row()])
            await add_usage(reader, UUID(int=8), 1, [_row()])
            (found,) = await _sums(reader)
        assert found.calls == 3

    asyncio.run(run())


def test_processes_that_add_at_once_add_up_and_do_not_wait_for_each_other_in_a_circle(conninfo: str) -> None:
    rows = [_row(number) for number in range(200)]

    async def process(reader: Reader, wanted: list[UsageRow]) -> None:
        name = uuid4()
        for batch in range(1, 11):
            await add_usage(reader, name, batch, wanted)

    async def run() -> None:
        async with Reader(conninfo) as reader:
            both_ways = (rows, rows[::-1]) * 3
            await asyncio.gather(*(process(reader, wanted) for wanted in both_ways))
            sums = await _sums(reader, UsageGroup.MODEL)
        assert [found.calls for found in sums] == [60] * len(rows)

    asyncio.run(run())


def test_processes_that_ended_long_ago_are_forgotten_and_their_usage_is_not(
    conninfo: str,
) -> None:
    async def run() -> None:
        async with Reader(conninfo) as reader:
            await add_usage(reader, UUID(int=7), 1, [_row()])
            await add_usage(reader, UUID(int=8), 1, [_row()])
            execute(
                conninfo,
                "UPDATE usage_flushes SET flushed_at = now() - interval '8 days' WHERE process = %s",
                UUID(int=7),
            )
            await forget_ended_processes(reader)
            (found,) = await _sums(reader)
        assert found.calls == 2

    asyncio.run(run())
    assert len(everything(conninfo)["usage_flushes"]) == 1
