"""The task behind the schedule: it goes on whatever happens, keeps to its bounds, and obeys the clock."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

import pytest

from adapters.postgres.leases import Leases
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.providers import ProviderChange, change_provider, create_provider
from api.commands.sync_runs import start_run
from api.commands.syncs import Syncing
from api.scheduler import AT_ONCE, Due, Scheduler
from api.timetable import Timetable
from domain.errors import SyncRunning
from domain.listing import ListedModel, Listing, ListingError, ModelFacts, SyncFailure
from domain.provider_type import ProviderType
from domain.schedule import GRACE
from domain.secret import Secret
from projections.providers import ProviderRow

DAY: Final = timedelta(hours=24)
LISTING: Final = Listing(models=(ListedModel(model_id="gpt", facts=ModelFacts()),))
PATIENCE: Final = 60


class Vendor:
    """A driver that does what the test says; ``asked`` counts the listings."""

    def __init__(self, act: Callable[[], Awaitable[Listing]] | None = None) -> None:
        self.asked = 0
        self._act = act

    async def list_models(self, key: Secret) -> Listing:  # noqa: ARG002  # the driver's signature
        self.asked += 1
        return LISTING if self._act is None else await self._act()


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class WatchedReader(Reader):
    """Counts what was read. At first it raises the errors that it is given."""

    def __init__(self, conninfo: str, *errors: Exception) -> None:
        super().__init__(conninfo)
        self.errors = [*errors]
        self.read = 0

    async def rows(self, *arguments: Any) -> list[tuple[Any, ...]]:
        if self.errors:
            raise self.errors.pop()
        found = await super().rows(*arguments)
        self.read += 1
        return found


class WatchedLeases(Leases):
    """Counts how often a lease was another's."""

    refused = 0

    @asynccontextmanager
    async def lease(self, subject: UUID) -> AsyncIterator[bool]:
        async with super().lease(subject) as held:
            self.refused += not held
            yield held


def _provider(core: Core, ada: Caller, name: str = "P") -> ProviderRow:
    return create_provider(core, ada, name=name, provider_type=ProviderType.OPENAI, api_key="sk-1234").row


def _at_work(
    core: Core, reader: Reader, conninfo: str, vendor: Vendor, leases: Leases | None = None
) -> Scheduler:
    syncing = Syncing(core, leases or Leases(conninfo), lambda _: vendor, {})
    return Scheduler(syncing, reader, Timetable(DAY, {}))


def _lined_up(scheduler: Scheduler) -> list[Due]:
    """What the last look found and nobody has begun."""
    found = []
    while not scheduler._due.empty():
        found.append(scheduler._due.get_nowait())
    return found


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # what is waited for shows in no event
            await asyncio.sleep(0.005)


def _statuses(core: Core) -> list[tuple[str, str | None]]:
    query = "SELECT status, code FROM syncs ORDER BY id"
    return cast(
        "list[tuple[str, str | None]]",
        core.store.log.run(lambda connection: connection.execute(query).fetchall()),
    )


def _later(core: Core) -> Core:
    """The same, a little later: what was just created is due."""
    return replace(core, now=lambda: core.now() + GRACE)


@pytest.mark.parametrize("error", [StoreUnavailable("away"), RuntimeError("sk-secret")], ids=repr)
def test_a_look_that_fails_is_logged_in_a_line_without_its_words_and_the_next_one_is_made(
    core: Core, conninfo: str, ada: Caller, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    _provider(core, ada)

    async def run() -> None:
        reader = WatchedReader(conninfo, error)
        async with reader:
            scheduler = _at_work(_later(core), reader, conninfo, Vendor())
            async with scheduler.at_work():
                await _until(lambda: reader.errors == [])
                scheduler.wake()
                await _until(lambda: _statuses(core) == [("success", None)])

    with caplog.at_level(logging.WARNING, "keyroll"):
        asyncio.run(run())
    assert caplog.messages == [f"The schedule cannot be read now: {type(error).__name__}"]


def test_a_database_that_goes_away_between_look_and_run_makes_the_schedule_wait(
    core: Core, conninfo: str, ada: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3 * AT_ONCE):
        _provider(core, ada, f"P{number}")
    away = Leases("host=/nowhere")
    scheduler: list[Scheduler] = []

    async def run() -> None:
        async with Reader(conninfo) as reader:
            scheduler.append(_at_work(_later(core), reader, conninfo, Vendor(), away))
            async with scheduler[0].at_work():
                await _until(lambda: bool(caplog.messages) and not scheduler[0]._at_work)

    with caplog.at_level(logging.WARNING, "keyroll"):
        asyncio.run(run())
    assert set(caplog.messages) == {"The schedule waits: PostgreSQL does not answer"}
    assert len(caplog.messages) <= AT_ONCE


def test_one_providers_defect_is_logged_by_its_kind_and_the_others_are_synced(
    core: Core, conninfo: str, ada: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    providers = [_provider(core, ada, name) for name in ("P", "Q")]
    calls = iter([RuntimeError("with sk-secret"), None])

    async def act() -> Listing:
        error = next(calls)
        if error is not None:
            raise error
        return LISTING

    async def run() -> None:
        async with (
            Reader(conninfo) as reader,
            _at_work(_later(core), reader, conninfo, Vendor(act)).at_work(),
        ):
            await _until(lambda: ("success", None) in _statuses(core) and bool(caplog.messages))

    with caplog.at_level(logging.WARNING, "keyroll"):
        asyncio.run(run())
    (line,) = caplog.messages
    assert line in {f"The schedule could not sync the provider {row.id}: RuntimeError" for row in providers}
    assert ("failed", "abandoned") in _statuses(core)


def test_no_more_than_a_few_runs_are_under_way_at_once_and_an_end_abandons_them(
    core: Core, conninfo: str, ada: Caller
) -> None:
    for number in range(AT_ONCE + 2):
        _provider(core, ada, f"P{number}")
    under_way = most = 0

    async def act() -> Listing:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        reader = WatchedReader(conninfo)
        async with reader:
            scheduler = _at_work(_later(core), reader, conninfo, Vendor(act))
            async with scheduler.at_work():
                await _until(lambda: under_way == AT_ONCE)
                before = reader.read
                scheduler.wake()
                await _until(lambda: reader.read > before)
                assert {due.provider_id for due in _lined_up(scheduler)}.isdisjoint(scheduler._at_work)

    asyncio.run(run())
    assert most == AT_ONCE
    assert _statuses(core) == [("failed", "abandoned")] * AT_ONCE


def test_what_another_process_has_done_since_the_look_is_not_done_again(
    core: Core, conninfo: str, ada: Caller
) -> None:
    row, vendor = _provider(core, ada), Vendor()
    asked: list[str] = []

    async def run(*, still_due: bool) -> object:
        async def answer() -> bool:
            asked.append("under the lease")
            async with Leases(conninfo).lease(row.id) as held:
                assert not held
            return still_due

        syncing = Syncing(core, Leases(conninfo), lambda _: vendor, {})
        return await syncing.sync_when_due(ada, row.id, answer)

    assert asyncio.run(run(still_due=False)) is None
    assert (vendor.asked, _statuses(core)) == (0, [])
    assert asyncio.run(run(still_due=True)) is not None
    assert (vendor.asked, len(asked)) == (1, 2)


def test_of_two_processes_that_found_the_same_due_the_second_does_nothing(
    core: Core, conninfo: str, ada: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        _provider(core, ada, f"P{number}")
    vendor = Vendor()

    async def run() -> None:
        async with Reader(conninfo) as reader:
            first, second = (_at_work(_later(core), reader, conninfo, vendor) for _ in range(2))
            await first._look()
            await second._look()
            for scheduler in (first, second):
                found = _lined_up(scheduler)
                assert len(found) == 3
                for due in found:
                    await scheduler._sync(due)

    with caplog.at_level(logging.INFO, "keyroll"):
        asyncio.run(run())
    assert vendor.asked == 3
    assert _statuses(core) == [("success", None)] * 3
    assert [line.rpartition(": ")[2] for line in caplog.messages] == ["success"] * 3


def test_while_another_process_syncs_a_provider_the_schedule_passes_it_by(
    core: Core, conninfo: str, ada: Caller
) -> None:
    row, vendor = _provider(core, ada), Vendor()

    async def never() -> bool:
        raise AssertionError

    async def run() -> object:
        async with Leases(conninfo).lease(row.id):
            syncing = Syncing(core, Leases(conninfo), lambda _: vendor, {})
            return await syncing.sync_when_due(ada, row.id, never)

    assert asyncio.run(run()) is None
    assert vendor.asked == 0


def test_failures_are_tried_again_when_the_clock_says_so_and_not_before(
    core: Core, conninfo: str, ada: Caller
) -> None:
    async def act() -> Listing:
        raise ListingError(SyncFailure.TIMEOUT, "No answer.")

    row, vendor = _provider(core, ada), Vendor(act)
    clock = Clock(row.created_at + GRACE)
    told = replace(core, now=clock)

    async def look() -> None:
        """One look, and all that it finds due."""
        async with Reader(conninfo) as reader:
            scheduler = _at_work(told, reader, conninfo, vendor)
            await scheduler._look()
            for due in _lined_up(scheduler):
                await scheduler._sync(due)

    def after(wait: timedelta) -> int:
        clock.now += wait
        asyncio.run(look())
        return vendor.asked

    almost, rest = timedelta(seconds=-1), timedelta(seconds=1)
    assert after(timedelta()) == 1
    expected = 1
    for minutes in (5, 10, 20, 40, 80):
        assert after(timedelta(minutes=minutes) + almost) == expected
        expected += 1
        assert after(rest) == expected


def test_a_restart_makes_nothing_due_that_was_not_due_before(core: Core, conninfo: str, ada: Caller) -> None:
    for number in range(5):
        _provider(core, ada, f"P{number}")
    vendor = Vendor()
    clock = Clock(core.now() + GRACE)
    told = replace(core, now=clock)

    async def start() -> int:
        """A new process that looks once; how many providers it finds due."""
        async with Reader(conninfo) as reader:
            scheduler = _at_work(told, reader, conninfo, vendor)
            await scheduler._look()
            found = _lined_up(scheduler)
            for due in found:
                await scheduler._sync(due)
            return len(found)

    assert asyncio.run(start()) == 5
    for hours in (0, 1, 10, 10):
        clock.now += timedelta(hours=hours)
        assert asyncio.run(start()) == 0
    clock.now += DAY
    assert asyncio.run(start()) == 5, "what became due while nothing ran is not forgotten"
    assert asyncio.run(start()) == 0


def test_a_clock_that_is_behind_dates_no_run_before_the_key_that_it_used(
    core: Core, conninfo: str, ada: Caller
) -> None:
    row, vendor = _provider(core, ada), Vendor()
    behind = replace(core, now=lambda: core.now() - timedelta(hours=2))

    async def sync() -> None:
        await Syncing(behind, Leases(conninfo), lambda _: vendor, {}).sync(ada, row.id)

    async def due() -> int:
        async with Reader(conninfo) as reader:
            scheduler = _at_work(_later(core), reader, conninfo, vendor)
            await scheduler._look()
            return scheduler._due.qsize()

    assert asyncio.run(due()) == 1
    asyncio.run(sync())
    assert asyncio.run(due()) == 0


def test_a_run_of_the_schedule_whose_process_dies_is_done_by_whoever_waits_for_it(
    core: Core, conninfo: str, ada: Caller
) -> None:
    row, vendor = _provider(core, ada), Vendor()
    start_run(core, ada, row.id, "schedule")

    async def sync() -> str:
        leases = WatchedLeases(conninfo)
        async with Leases(conninfo).lease(row.id):
            waiting = asyncio.create_task(
                Syncing(core, leases, lambda _: vendor, {}).sync(ada, row.id),
            )
            await _until(lambda: leases.refused > 2)  # its own attempt, and then one look after the other
        return (await waiting).status

    assert asyncio.run(sync()) == "success"
    assert _statuses(core) == [("failed", "abandoned"), ("success", None)]


def test_nobody_waits_for_ever_for_a_run_of_the_schedule(
    core: Core, conninfo: str, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.commands.syncs._JOIN_SECONDS", 0.0)
    row = _provider(core, ada)
    run = start_run(core, ada, row.id, "schedule")

    async def sync() -> None:
        async with Leases(conninfo).lease(row.id):
            await Syncing(core, Leases(conninfo), lambda _: Vendor(), {}).sync(ada, row.id)

    with pytest.raises(SyncRunning) as told:
        asyncio.run(sync())
    assert told.value.sync_id == run.row.id


def test_a_provider_that_gets_an_address_of_its_own_in_the_last_moment_is_not_asked_elsewhere(
    core: Core, conninfo: str, ada: Caller
) -> None:
    row, vendor = _provider(core, ada), Vendor()

    async def move() -> bool:
        change = ProviderChange(base_url="https://llm.example.com/v1", api_key="sk-5678")
        await asyncio.to_thread(change_provider, core, ada, row.id, change)
        return True

    syncing = Syncing(core, Leases(conninfo), lambda _: vendor, {})
    outcome = asyncio.run(syncing.sync_when_due(ada, row.id, move))
    assert outcome is not None
    assert (outcome.status, outcome.code, vendor.asked) == ("failed", "abandoned", 0)
