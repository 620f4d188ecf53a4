"""Who may be due: what the one query for all providers leaves out is not due, whatever became of its runs."""

import random
from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID, uuid4

import pytest

from adapters.postgres.queries.providers import ProviderFound, find_provider
from adapters.postgres.queries.schedule import Candidate, candidates
from adapters.postgres.store import Decided, Store, Stream
from api.commands.core import PROVIDER, SYNC
from api.ids import uuid7
from api.timetable import Timetable
from domain.event import Event
from domain.listing import SyncFailure
from domain.provider import (
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderRenamed,
)
from domain.provider_type import ProviderType
from domain.schedule import Failures, Past, Success
from domain.secret import Secret
from domain.sync import SyncCompleted, SyncCounts, SyncFailed, SyncStarted, Trigger
from tests.support.examples import KEY, NOON, ORGANIZATION, OTHER_KEY, OWN, PROXY
from tests.support.reading import ask
from tests.support.writes import meta

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
ENVIRONMENT: Final = {ProviderType.OPENAI: Secret("sk-of-the-environment")}
CREATED: Final = (ProviderCreated(name="P", endpoint=OWN), KeyRotated(name="P", before=None, after=KEY))
SUCCESS: Final = None


class History:
    """A provider's history, written hour by hour."""

    def __init__(self, store: Store, *first: Event, began: datetime = NOON) -> None:
        self.id, self._store = uuid4(), store
        created, *more = first or CREATED
        assert isinstance(created, ProviderCreated)
        named = created.model_copy(update={"name": f"P {self.id}"})  # names are unique
        self.change(began, named, *more)

    def change(self, at: datetime, *events: Event) -> None:
        stream = self._store.load(PROVIDER, self.id)
        self._store.append([Decided(stream, events)], meta(), at)

    def begin(self, at: datetime, trigger: Trigger = "schedule") -> UUID:
        stream = Stream(SYNC, uuid7())
        begun = SyncStarted(provider_id=self.id, provider_name="P", trigger=trigger)
        self._store.append([Decided(stream, (begun,))], meta(), at)
        return stream.id

    def end(self, run: UUID, at: datetime, failure: SyncFailure | None = SUCCESS) -> None:
        who = {"provider_id": self.id, "provider_name": "P"}
        ends = (
            SyncCompleted(**who, counts=SyncCounts(), listing_digest="d")
            if failure is None
            else SyncFailed(**who, failure=failure, message="No answer.")
        )
        self._store.append([Decided(self._store.load(SYNC, run), (ends,))], meta(), at)

    def run(self, at: datetime, failure: SyncFailure | None = SUCCESS, trigger: Trigger = "schedule") -> UUID:
        """A run of a minute."""
        run = self.begin(at, trigger)
        self.end(run, at + timedelta(minutes=1), failure)
        return run


def _found(conninfo: str, provider_id: UUID) -> ProviderFound:
    found = ask(conninfo, lambda reader: find_provider(reader, ORGANIZATION, provider_id))
    assert found is not None
    return found


def _past(conninfo: str, history: History) -> Past:
    return _found(conninfo, history.id).ends.past


def _candidates(
    conninfo: str, before: datetime, interval: timedelta = DAY, *types_with_key: str
) -> list[Candidate]:
    return ask(
        conninfo,
        lambda reader: candidates(reader, before=before, interval=interval, types_with_key=types_with_key),
    )


def test_without_a_run_only_the_beginning_counts(store: Store, conninfo: str) -> None:
    assert _past(conninfo, History(store)) == Past(NOON)


def test_a_success_ends_the_failures_before_it(store: Store, conninfo: str) -> None:
    history = History(store)
    history.run(NOON + HOUR, SyncFailure.TIMEOUT)
    run = history.run(NOON + 2 * HOUR)
    ended = NOON + 2 * HOUR + timedelta(minutes=1)
    assert _past(conninfo, history) == Past(NOON, Success(run, ended))


def test_failures_are_counted_from_the_last_success_on(store: Store, conninfo: str) -> None:
    history = History(store)
    history.run(NOON + HOUR, SyncFailure.TIMEOUT)
    run = history.run(NOON + 2 * HOUR)
    for hours in (3, 4, 5):
        history.run(NOON + hours * HOUR, SyncFailure.RATE_LIMITED)
    minute = timedelta(minutes=1)
    assert _past(conninfo, history) == Past(
        NOON,
        Success(run, NOON + 2 * HOUR + minute),
        Failures(3, NOON + 5 * HOUR + minute, abandoned=False),
    )


def test_a_run_that_died_is_told_from_one_that_failed(store: Store, conninfo: str) -> None:
    history = History(store)
    history.run(NOON + HOUR, SyncFailure.TIMEOUT)
    history.run(NOON + 2 * HOUR, SyncFailure.ABANDONED)
    failures = _past(conninfo, history).failures
    assert failures is not None
    assert (failures.number, failures.abandoned) == (2, True)


def test_failures_by_hand_count_as_one_the_first_and_not_at_all_beside_the_schedules(
    store: Store, conninfo: str
) -> None:
    history, minute = History(store), timedelta(minutes=1)
    for hours in (1, 2, 3):
        history.run(NOON + hours * HOUR, SyncFailure.TIMEOUT, "manual")
    by_hand = Failures(1, NOON + HOUR + minute, abandoned=False)
    assert _past(conninfo, history) == Past(NOON, None, by_hand)
    history.run(NOON + 4 * HOUR, SyncFailure.TIMEOUT)
    history.run(NOON + 5 * HOUR, SyncFailure.ABANDONED, "manual")
    of_the_schedule = Failures(1, NOON + 4 * HOUR + minute, abandoned=False)
    assert _past(conninfo, history) == Past(NOON, None, of_the_schedule)


def test_a_run_by_hand_that_died_is_done_again_at_once(store: Store, conninfo: str) -> None:
    history = History(store)
    history.run(NOON + HOUR, SyncFailure.ABANDONED, "manual")
    failures = _past(conninfo, history).failures
    assert failures is not None
    assert failures.abandoned


def test_a_run_under_way_changes_nothing_yet_and_is_told(store: Store, conninfo: str) -> None:
    history = History(store)
    history.run(NOON + HOUR, SyncFailure.TIMEOUT)
    before = _past(conninfo, history)
    history.begin(NOON + 2 * HOUR)
    assert _past(conninfo, history) == before
    (candidate,) = _candidates(conninfo, NOON + 2 * HOUR)
    assert candidate.running


@pytest.mark.parametrize(
    ("change", "begins_anew"),
    [
        (KeyRotated(name="P", before=KEY, after=OTHER_KEY), True),
        (KeyRemoved(name="P", before=KEY, reason="asked"), True),
        (ProviderEndpointChanged(name="P", before=PROXY, after=OWN), True),
        (ProviderEnabled(name="P"), True),
        (ProviderDisabled(name="P"), False),
        (ProviderRenamed(name="Q", before="P"), False),
    ],
    ids=lambda value: value.topic if isinstance(value, Event) else "",
)
def test_runs_before_a_new_key_address_or_enabling_do_not_count_those_before_a_new_name_do(
    store: Store, conninfo: str, change: Event, *, begins_anew: bool
) -> None:
    history = History(store)
    history.run(NOON + HOUR)
    history.run(NOON + 2 * HOUR, SyncFailure.TIMEOUT)
    before = _past(conninfo, history)
    history.change(NOON + 3 * HOUR, change)
    assert _past(conninfo, history) == (Past(NOON + 3 * HOUR) if begins_anew else before)


def test_a_run_that_began_with_the_old_key_says_nothing_of_the_new_one(store: Store, conninfo: str) -> None:
    history = History(store)
    run = history.begin(NOON + HOUR)
    history.change(NOON + 2 * HOUR, KeyRotated(name="P", before=KEY, after=OTHER_KEY))
    history.end(run, NOON + 3 * HOUR)
    assert _past(conninfo, history) == Past(NOON + 2 * HOUR)


def test_providers_that_are_not_on_the_schedule_are_no_candidates(store: Store, conninfo: str) -> None:
    listed = History(store)
    History(store).change(NOON, ProviderDisabled(name="P"))
    History(store, ProviderCreated(name="P", endpoint=PROXY), KeyRotated(name="P", before=None, after=KEY))
    keyless = History(store, ProviderCreated(name="P", endpoint=OWN))
    late = NOON + 100 * DAY
    assert {one.provider_id for one in _candidates(conninfo, late)} == {listed.id}
    assert {one.provider_id for one in _candidates(conninfo, late, DAY, "openai")} == {listed.id, keyless.id}


def _random_history(chance: random.Random, store: Store) -> History:
    history = History(store)
    at = NOON
    for _ in range(chance.randrange(8)):
        at += timedelta(minutes=chance.choice([1, 4, 6, 30, 600, 1_400]))
        if chance.random() < 0.25:
            history.change(
                at,
                chance.choice(
                    [
                        KeyRotated(name="P", before=KEY, after=OTHER_KEY),
                        ProviderRenamed(name=f"P {uuid4()}", before="P"),
                        ProviderEnabled(name="P"),
                    ]
                ),
            )
        else:
            history.run(
                at,
                chance.choice([SUCCESS, SUCCESS, SyncFailure.TIMEOUT, SyncFailure.ABANDONED]),
                chance.choice(get_args(Trigger)),
            )
    if chance.random() < 0.2:
        history.begin(at + timedelta(minutes=2))
    return history


def test_whatever_is_due_is_a_candidate_and_most_of_what_is_not_is_left_out(
    store: Store, conninfo: str
) -> None:
    chance = random.Random(20261123)  # noqa: S311  # the same histories each time
    known = [_found(conninfo, _random_history(chance, store).id) for _ in range(80)]
    left_out = due_in_all = 0
    for interval in (timedelta(minutes=3), HOUR, DAY):
        timetable = Timetable(interval, ENVIRONMENT)
        for minutes in (0, 2, 7, 40, 700, 2_000, 5_000):
            before = NOON + timedelta(minutes=minutes)
            due = {
                one.row.id
                for one in known
                if (at := timetable.next_sync_at(one.row, one.ends.past)) is not None and at <= before
            }
            found = {one.provider_id: one for one in _candidates(conninfo, before, interval, "openai")}
            assert due <= set(found)
            for one in known:
                if one.row.id in found:
                    assert found[one.row.id].past == one.ends.past
            left_out += len(known) - len(found)
            due_in_all += len(due)
    assert left_out > 200
    assert due_in_all > 200
