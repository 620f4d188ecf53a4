"""How long a run that others disturb goes on."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from adapters.postgres.model_rows import running_syncs
from adapters.postgres.refusals import GuardFailed, StreamMoved
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.providers import ProviderChange, change_provider
from domain.errors import Busy
from tests.support.one_provider import OneProvider, before_each_chunk, facts

T = TypeVar("T")

SIX = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
def one(core: Core, conninfo: str, ada: Caller) -> OneProvider:
    return OneProvider(core, conninfo, ada)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the ten seconds were over with each round."""
    monkeypatch.setattr("api.commands.sync_completion.until_it_holds", _once)


def test_a_run_that_gets_on_is_not_given_up_however_long_it_takes(
    one: OneProvider, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disturb(chunk: int) -> None:
        if chunk in {1, 3}:  # 3 is the write after the first disturbance
            change_provider(one.core, ada, one.row.id, ProviderChange(name=f"Renamed {chunk}"))

    before_each_chunk(monkeypatch, disturb, size=2)
    assert one.sync(facts(*SIX)).counts.created == 6


def test_a_run_that_never_gets_on_is_given_up(
    one: OneProvider, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disturb(chunk: int) -> None:
        change_provider(one.core, ada, one.row.id, ProviderChange(name=f"Renamed {chunk}"))

    before_each_chunk(monkeypatch, disturb, size=2)
    with pytest.raises(Busy):
        one.sync(facts(*SIX))
    assert running_syncs(one.core.store) == []


def _once(work: Callable[[], T]) -> T:
    try:
        return work()
    except (StreamMoved, GuardFailed):
        raise Busy from None
