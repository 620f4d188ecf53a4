from collections.abc import Callable
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.queries import audit, audit_filter
from adapters.postgres.queries.audit import page_of_events
from adapters.postgres.queries.audit_filter import AuditFilter
from adapters.postgres.reader import Reader
from adapters.postgres.store import Appended, Store
from domain.event import Meta, Recorded
from tests.support.examples import NOON, ORGANIZATION
from tests.support.reading import ask
from tests.support.writes import meta, provider, token

PROVIDER_ID = UUID(int=1)
Keep = Callable[[Recorded[Any]], bool] | None
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def history(store: Store) -> None:
    """Positions 1 to 4 are ours, 5 is another organization's."""
    store.append([provider("One", PROVIDER_ID)], _by("ada", "r1"), NOON)
    store.append([provider("Two"), token("ci")], _by("bob", "r2"), NOON + HOUR)
    store.append([token("cd")], _by("ada", "r3"), NOON + 2 * HOUR)
    store.append([provider("One")], meta(uuid4()), NOON)


def _by(actor: str, request_id: str) -> Meta:
    return Meta(organization=ORGANIZATION, actor=actor, request_id=request_id)


def _positions(conninfo: str, wanted: AuditFilter, before: int | None = None, limit: int = 50) -> list[int]:
    found = ask(
        conninfo, lambda reader: page_of_events(reader, ORGANIZATION, wanted, before=before, limit=limit)
    )
    return [recorded.position for recorded in found.events]


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (AuditFilter(), [4, 3, 2, 1]),
        (AuditFilter(actor="ada"), [4, 1]),
        (AuditFilter(topics=("access.token_issued.v1",)), [4, 3]),
        (AuditFilter(topics=("access.token_issued.v1", "provider.created.v1")), [4, 3, 2, 1]),
        (AuditFilter(topics=()), []),
        (AuditFilter(subject=PROVIDER_ID), [1]),
        (AuditFilter(request_id="r2"), [3, 2]),
        (AuditFilter(since=NOON + HOUR), [4, 3, 2]),
        (AuditFilter(until=NOON + HOUR), [1]),
        (AuditFilter(since=NOON, until=NOON + 2 * HOUR, actor="bob"), [3, 2]),
        (AuditFilter(actor="carol"), []),
    ],
)
def test_events_are_found_by_every_filter_latest_first(
    conninfo: str, wanted: AuditFilter, positions: list[int]
) -> None:
    assert _positions(conninfo, wanted) == positions


def test_events_are_paged_by_their_positions(conninfo: str) -> None:
    assert _positions(conninfo, AuditFilter(), limit=3) == [4, 3, 2]
    assert _positions(conninfo, AuditFilter(), before=2) == [1]
    assert _positions(conninfo, AuditFilter(), before=1) == []


def test_an_event_is_read_as_it_was_written(conninfo: str, store: Store) -> None:
    page = ask(
        conninfo,
        lambda reader: page_of_events(
            reader, ORGANIZATION, AuditFilter(subject=PROVIDER_ID), before=None, limit=1
        ),
    )
    (found,) = page.events
    assert found == store.mapper.to_domain_event(store.log.log(0, 1)[0])


async def _whole(reader: Reader, wanted: AuditFilter, limit: int, keep: Keep = None) -> tuple[list[int], int]:
    """All pages to the last, and how many there were."""
    page = await page_of_events(reader, ORGANIZATION, wanted, before=None, limit=limit, keep=keep)
    positions, pages = [found.position for found in page.events], 1
    while (before := page.next_before) is not None:
        page = await page_of_events(reader, ORGANIZATION, wanted, before=before, limit=limit, keep=keep)
        assert page.next_before is None or page.next_before < before
        positions += [found.position for found in page.events]
        pages += 1
    return positions, pages


@pytest.fixture
def long_history(store: Store) -> list[Recorded[Any]]:
    """Forty events by three people of two kinds, in no order of theirs; all but five are ours."""
    chance = Random(1)  # noqa: S311  # the same history each time
    for number in range(40):
        person = chance.choice(["ada", "bob", "eve"])
        made = provider(f"P{number}") if chance.random() < 0.5 else token(f"t{number}")
        whose = ORGANIZATION if number % 8 else uuid4()
        who = Meta(organization=whose, actor=person, request_id=f"r{number // 2}", address=f"::{number % 3}")
        store.append([made], who, NOON + HOUR * chance.randint(-10, 10))
    return [
        recorded
        for entry in store.log.log(0, 1000)
        if (recorded := store.mapper.to_domain_event(entry)).meta.organization == ORGANIZATION
    ]


def _even(recorded: Recorded[Any]) -> bool:
    return recorded.position % 2 == 0


def _by_looking(history: list[Recorded[Any]], wanted: AuditFilter, keep: Keep) -> list[int]:
    """What a look at every event finds."""
    return [
        found.position
        for found in reversed(history)
        if wanted.actor in (None, found.meta.actor)
        and (wanted.topics is None or found.event.topic in wanted.topics)
        and wanted.address in (None, found.meta.address)
        and (wanted.since is None or found.occurred_at >= wanted.since)
        and (wanted.until is None or found.occurred_at < wanted.until)
        and (keep is None or keep(found))
    ]


@pytest.mark.parametrize(("limit", "step"), [(1, 3), (3, 2), (7, 10), (50, 1_000)])
def test_all_pages_together_are_what_a_look_at_every_event_finds(
    conninfo: str, long_history: list[Recorded[Any]], limit: int, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "STEP", step)
    monkeypatch.setattr(audit, "DECODED", 2)
    monkeypatch.setattr(audit_filter, "SKEW", 20 * HOUR)  # as far as the clocks of this history lie apart
    both = ("provider.created.v1", "access.token_issued.v1")
    topics: list[tuple[str, ...] | None] = [None, both, both[:1]]
    values = product([None, "ada"], topics, [None, "::1"], [None, NOON], [None, NOON + HOUR])

    async def compare(reader: Reader) -> None:
        for actor, kinds, address, since, until in values:
            wanted = AuditFilter(actor=actor, topics=kinds, address=address, since=since, until=until)
            for keep in (None, _even) if address is None else (None,):
                found, _ = await _whole(reader, wanted, limit, keep)
                assert found == _by_looking(long_history, wanted, keep), wanted

    ask(conninfo, compare)


def test_a_page_ends_early_rather_than_look_for_ever(
    conninfo: str, long_history: list[Recorded[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "STEP", 5)
    rare, common = AuditFilter(actor="ada", address="::1"), AuditFilter(actor="ada")
    positions, pages = ask(conninfo, lambda reader: _whole(reader, rare, 50))
    assert positions == _by_looking(long_history, rare, None)
    assert pages > 1
    assert ask(conninfo, lambda reader: _whole(reader, common, 50))[1] == 1


def test_pages_repeat_nothing_where_the_log_grows_while_a_page_is_looked_for(
    conninfo: str, store: Store, long_history: list[Recorded[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "STEP", 6)
    monkeypatch.setattr(audit_filter, "SKEW", 20 * HOUR)
    wanted = AuditFilter(since=NOON - 10 * HOUR)
    furthest = audit._furthest
    grown: list[Appended] = []

    async def after_a_write(*arguments: Any) -> Any:
        if len(grown) < 3:
            grown.append(
                store.append([provider(f"Meanwhile {len(grown)}")], _by("eve", "r"), NOON - 11 * HOUR)
            )
        return await furthest(*arguments)

    monkeypatch.setattr(audit, "_furthest", after_a_write)
    positions, _ = ask(conninfo, lambda reader: _whole(reader, wanted, 50))
    assert positions == _by_looking(long_history, wanted, None)
    assert grown != []
