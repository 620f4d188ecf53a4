"""A run writes in chunks: what others do in between, deaths in between, and how the next run heals them."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from adapters.postgres.claims import take_claim
from adapters.postgres.model_rows import last_synced_at, running_syncs
from adapters.postgres.reader import Reader
from api.commands.caller import Caller, Terms
from api.commands.core import Core
from api.commands.models import add_model, change_model
from api.commands.providers import ProviderChange, change_provider, delete_provider
from api.commands.sync_runs import close_dead_run
from domain.errors import RequestTakenOver
from domain.listing import ModelFacts
from domain.model import ChangeModel, ModelDiscovered, ModelMarkedStale, ModelRefreshed
from tests.support.one_provider import OneProvider, before_each_chunk, facts

SIX = ("a", "b", "c", "d", "e", "f")


class Death(BaseException):
    """The process is gone."""


@pytest.fixture
def one(core: Core, conninfo: str, ada: Caller) -> OneProvider:
    return OneProvider(core, conninfo, ada)


def _die_before(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def act(chunk: int) -> None:
        if chunk == number:
            raise Death

    before_each_chunk(monkeypatch, act, size=2)
    monkeypatch.setattr("api.commands.syncs.abandon_run", lambda *_: None)


def test_a_run_writes_its_models_in_chunks_at_one_instant_and_its_end_with_the_last(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[int] = []
    before_each_chunk(monkeypatch, lambda _: known.append(len(one.models())), size=4)
    outcome = one.sync(facts(*SIX))
    assert known == [0, 4]
    assert outcome.sync_id is not None
    instants = {recorded.occurred_at for recorded in one.events_of(outcome.sync_id)}
    assert instants == {last_synced_at(one.core.store, one.row.id)}


def test_stale_marks_are_written_in_chunks_and_count_from_the_runs_end_on(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.sync(facts(*SIX))
    seen: list[tuple[int, int, int]] = []

    def look(_: int) -> None:
        rows, shown = one.models().values(), one.shown().values()
        seen.append((len(rows), sum(row.stale for row in rows), sum(model.stale for model in shown)))

    before_each_chunk(monkeypatch, look, size=2)
    outcome = one.sync(facts("x", "y", "z"), force=True)
    assert (outcome.counts.created, outcome.counts.stale) == (3, 6)
    assert seen == [(6, 0, 0), (8, 0, 0), (9, 1, 0), (9, 3, 0), (9, 5, 0)]
    assert sorted(name for name, model in one.shown().items() if model.stale) == [*SIX]


def test_the_marks_of_a_run_that_died_count_from_the_next_runs_end_on_or_are_taken_back_by_it(
    one: OneProvider, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.sync(facts(*SIX))
    seen_at = one.shown()["a"].last_seen_at
    with monkeypatch.context() as dying:
        _die_before(dying, 1)
        with pytest.raises(Death):
            one.sync(facts("c", "d", "e"), force=True)
    assert [row.stale for name, row in sorted(one.models().items()) if name in "ab"] == [True, True]
    assert not any(model.stale for model in one.shown().values())
    marked = one.models()["b"].id
    change_model(one.core, ada, marked, ChangeModel(), is_default=True)

    healed = one.sync(facts("a", "c", "d", "e"))

    assert (healed.counts.updated, healed.counts.stale) == (4, 1)
    shown = one.shown()
    assert sorted(name for name, model in shown.items() if model.stale) == ["b", "f"]
    assert shown["b"].last_seen_at == shown["f"].last_seen_at == seen_at
    assert shown["a"].last_seen_at == last_synced_at(one.core.store, one.row.id)


def test_a_model_that_only_a_dead_run_saw_again_was_last_seen_then(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.sync(facts(*SIX))
    one.sync(facts("b", "c", "d", "e", "f"))
    with monkeypatch.context() as dying:
        _die_before(dying, 1)
        with pytest.raises(Death):
            one.sync(facts("a", "x", "b", "c", "d", "e", "f", "y", "z"))
    again_at = one.models()["a"].last_seen_at
    missed_at = last_synced_at(one.core.store, one.row.id)
    assert missed_at is not None
    assert again_at is not None
    assert missed_at < again_at

    one.sync(facts("b", "c", "d", "e", "f", "x"))

    gone = one.shown()["a"]
    assert (gone.stale, gone.last_seen_at) == (True, again_at)


@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_a_run_that_died_between_chunks_is_healed_by_the_next(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    with monkeypatch.context() as dying:
        _die_before(dying, chunk)
        with pytest.raises(Death):
            one.sync(facts(*SIX))
    assert sorted(one.models()) == [*SIX[: 2 * chunk]]
    assert last_synced_at(one.core.store, one.row.id) is None
    assert len(running_syncs(one.core.store)) == 1

    healed = one.sync(facts(*SIX))

    assert (healed.counts.created, healed.counts.updated) == (6 - 2 * chunk, 2 * chunk)
    assert sorted(one.models()) == [*SIX]
    assert running_syncs(one.core.store) == []
    assert one.sync(facts(*SIX)).counts.updated == 6


def test_a_model_that_only_a_dead_run_saw_goes_stale_when_it_is_listed_no_more(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        _die_before(dying, 1)
        with pytest.raises(Death):
            one.sync(facts(*SIX))
    slow = one.core.now() - timedelta(hours=1)

    def clock() -> datetime:
        return slow

    behind = Core(one.core.store, one.core.vault, one.core.fingerprints, now=clock)
    assert one.sync(facts("b", "c"), core=behind).counts.stale == 1
    gone, synced = one.models()["a"], last_synced_at(one.core.store, one.row.id)
    assert gone.stale
    assert gone.last_seen_at is not None
    assert synced is not None
    assert gone.created_at == gone.last_seen_at < synced


def test_what_people_do_between_chunks_stays_and_the_counts_are_those_of_the_runs_events(
    one: OneProvider, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.sync(facts("a", "b", "c", "d", "gone"))
    known = one.models()

    def interfere(chunk: int) -> None:
        if chunk == 1:
            one.delete("d")  # the run is about to refresh it
            one.delete("a")  # the run has just refreshed it
            add_model(one.core, ada, one.row.id, "e", ModelFacts(context_window=7))
        if chunk == 2:
            change_provider(one.core, ada, one.row.id, ProviderChange(name="Renamed"))

    before_each_chunk(monkeypatch, interfere, size=2)
    outcome = one.sync(facts(*SIX, window=2))

    assert outcome.sync_id is not None
    events = Counter(type(recorded.event) for recorded in one.events_of(outcome.sync_id))
    counts = outcome.counts
    assert counts.created == events[ModelDiscovered] == 1
    assert counts.changed == events[ModelRefreshed] == 3
    assert counts.stale == events[ModelMarkedStale] == 1
    assert counts.updated == len({"b", "c", "e"})
    rows = one.models()
    assert rows.keys() == known.keys() | {"e", "f"}
    assert {name for name, row in rows.items() if row.deleted} == {"a", "d"}
    assert rows["e"].source == "manual"


def test_a_listing_that_was_believed_is_not_refused_half_way(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.sync(facts("a", "b", "c", "d"))

    def delete_what_is_listed(chunk: int) -> None:
        if chunk == 1:
            one.delete("b")

    before_each_chunk(monkeypatch, delete_what_is_listed, size=1)
    outcome = one.sync({**facts("a", "b", window=2)})
    assert (outcome.status, outcome.counts.changed, outcome.counts.stale) == ("success", 1, 2)


@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_a_provider_that_goes_between_chunks_ends_the_run_as_abandoned(
    one: OneProvider, ada: Caller, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def go(chunk: int) -> None:
        if chunk == 1 and how == "deleted":
            delete_provider(one.core, ada, one.row.id)
        elif chunk == 1:
            moved = ProviderChange(base_url="https://llm.example.com/v1")
            change_provider(one.core, ada, one.row.id, moved)

    before_each_chunk(monkeypatch, go, size=2)
    outcome = one.sync(facts(*SIX))
    assert (outcome.status, outcome.code) == ("failed", "abandoned")
    rows = one.models()
    assert sorted(rows) == ["a", "b"]
    assert {row.deleted for row in rows.values()} == {how == "deleted"}
    assert last_synced_at(one.core.store, one.row.id) is None


@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_a_run_that_was_taken_for_dead_notices_it_and_writes_nothing_more(
    one: OneProvider, ada: Caller, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    def take_over(number: int) -> None:
        if number == chunk:
            close_dead_run(one.core, ada, one.row.id)

    before_each_chunk(monkeypatch, take_over, size=2)
    outcome = one.sync(facts(*SIX))
    assert (outcome.status, outcome.code, outcome.position) == ("failed", "abandoned", None)
    assert "Another process" in (outcome.message or "")
    assert sorted(one.models()) == [*SIX[: 2 * chunk]]
    assert last_synced_at(one.core.store, one.row.id) is None


def test_only_the_last_chunk_settles_the_requests_claim(
    one: OneProvider, conninfo: str, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = uuid4()

    async def claim_it() -> None:
        async with Reader(conninfo) as reader:
            assert await take_claim(reader, ada.organization, "k", claim, "digest", patience=0.0) is None

    asyncio.run(claim_it())
    seen: list[object] = []
    before_each_chunk(monkeypatch, lambda _: seen.append(_settled_at(one, claim)), size=2)
    outcome = one.sync(facts(*SIX), terms=Terms(claim=claim))
    assert seen == [None, None, None]
    assert _settled_at(one, claim) == outcome.position is not None


def test_a_claim_that_was_taken_over_completes_nothing(
    one: OneProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_each_chunk(monkeypatch, lambda _: None, size=2)
    with pytest.raises(RequestTakenOver):
        one.sync(facts(*SIX), terms=Terms(claim=uuid4()))
    assert sorted(one.models()) == [*SIX[:4]]
    assert (running_syncs(one.core.store), last_synced_at(one.core.store, one.row.id)) == ([], None)


def _settled_at(one: OneProvider, claim: object) -> object:
    query = b"SELECT position FROM idempotent_requests WHERE claim = %s"
    ((position,),) = one.core.store.log.run(lambda it: it.execute(query, [claim]).fetchall())
    return position
