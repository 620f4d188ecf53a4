"""A run ends, however it ends, and no run is dated before the one before it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from adapters.postgres.leases import Leases
from adapters.postgres.model_rows import last_synced_at, models_of_provider, running_syncs
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.providers import create_provider
from api.commands.sync_runs import start_run
from api.commands.syncs import Syncing, SyncOutcome
from domain.event import Recorded
from domain.listing import ListedModel, Listing, ModelFacts
from domain.provider_type import ProviderType
from domain.secret import Secret
from domain.sync import SyncCompleted
from projections.providers import ProviderRow


class Vendor:
    """A driver that lists what the test says, or does what it says."""

    def __init__(self, *names: str, act: Callable[[], Any] = lambda: None) -> None:
        self.names, self.act = names, act

    async def list_models(self, key: Secret) -> Listing:  # noqa: ARG002  # the driver's signature
        self.act()
        return Listing(models=tuple(ListedModel(model_id=name, facts=ModelFacts()) for name in self.names))


def _syncing(core: Core, conninfo: str, vendor: Vendor) -> Syncing:
    return Syncing(core, Leases(conninfo), lambda _: vendor, {})


def _sync(core: Core, conninfo: str, ada: Caller, provider: ProviderRow, vendor: Vendor) -> SyncOutcome:
    return asyncio.run(_syncing(core, conninfo, vendor).sync(ada, provider.id))


@pytest.fixture
def provider(core: Core, ada: Caller) -> ProviderRow:
    return create_provider(core, ada, name="P", provider_type=ProviderType.OPENAI, api_key="sk-1234").row


def test_an_error_of_ours_ends_the_run_too(
    core: Core, conninfo: str, ada: Caller, provider: ProviderRow
) -> None:
    def break_down() -> None:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        _sync(core, conninfo, ada, provider, Vendor(act=break_down))
    assert running_syncs(core.store) == []


def test_a_cancelled_request_ends_its_run(
    core: Core, conninfo: str, ada: Caller, provider: ProviderRow
) -> None:
    async def cancel() -> None:
        asked = asyncio.Event()
        vendor = Vendor(act=asked.set)
        vendor.list_models = lambda key: _hang(vendor, key)  # type: ignore[method-assign]  # it hangs
        task = asyncio.create_task(_syncing(core, conninfo, vendor).sync(ada, provider.id))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def _hang(vendor: Vendor, _key: Secret) -> Listing:
        vendor.act()
        await asyncio.Event().wait()
        raise AssertionError

    asyncio.run(cancel())
    assert running_syncs(core.store) == []


def test_a_starting_process_closes_the_runs_of_the_dead_and_no_others(
    core: Core, conninfo: str, ada: Caller, provider: ProviderRow
) -> None:
    other = create_provider(core, ada, name="Q", provider_type=ProviderType.OPENAI, api_key="sk-1").row
    start_run(core, ada, provider.id, "manual")
    alive = start_run(core, ada, other.id, "manual")

    async def begin() -> None:
        async with Leases(conninfo).lease(other.id) as held:
            assert held
            await _syncing(core, conninfo, Vendor()).close_dead_runs()

    asyncio.run(begin())
    assert [run.id for run in running_syncs(core.store)] == [alive.row.id]


def test_a_clock_that_steps_back_dates_no_run_before_the_last_one(
    core: Core, conninfo: str, ada: Caller, provider: ProviderRow
) -> None:
    _sync(core, conninfo, ada, provider, Vendor("a", "b", "c"))
    before = last_synced_at(core.store, provider.id)
    assert before is not None
    slow = replace(core, now=lambda: core.now() - timedelta(hours=1))
    assert _sync(slow, conninfo, ada, provider, Vendor("a", "b")).counts.stale == 1
    after = last_synced_at(core.store, provider.id)
    assert after is not None
    (stale,) = [row for row in models_of_provider(core.store, provider.id) if row.stale]
    assert stale.last_seen_at == before < after


def test_a_run_records_the_same_digest_for_the_same_listing_and_another_for_another(
    core: Core, conninfo: str, ada: Caller, provider: ProviderRow
) -> None:
    digests = []
    for names in (("a", "b"), ("a", "b"), ("b", "a"), ("a", "c")):
        outcome = _sync(core, conninfo, ada, provider, Vendor(*names))
        assert outcome.sync_id is not None
        (*_, last) = core.store.events.get(outcome.sync_id)
        event = cast("Recorded[SyncCompleted]", last).event
        digests.append(event.listing_digest)
    assert digests[0] == digests[1] == digests[2], "in whatever order it lists its models"
    assert len(set(digests)) == 2
