"""The log's end as it is followed: at once if hinted, soon if not, and past every break."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Store
from adapters.postgres.tail import BATCH, Tail
from adapters.postgres.tail_hints import Hints
from adapters.postgres.tail_window import MOST_EVENTS, Page
from adapters.postgres.write import LogEntry
from tests.support.examples import NOON
from tests.support.tables import end_all_connections
from tests.support.writes import discovered, meta, provider

OURS = uuid4()
PATIENCE = 30.0
_LISTENING = "SELECT FROM pg_stat_activity WHERE query ~* '^listen' AND datname = current_database()"


def _body(entry: LogEntry) -> bytes:
    return entry.topic.encode()


def _write(store: Store, count: int = 1, organization: UUID = OURS) -> list[int]:
    decided = discovered(uuid4(), count) if count > 1 else [provider(str(uuid4()))]
    last = store.append(decided, meta(organization), NOON).position
    return list(range(last - count + 1, last + 1))


@asynccontextmanager
async def _tail(conninfo: str) -> AsyncIterator[Tail]:
    async with Reader(conninfo) as reader:
        tail = Tail(reader, _body)
        async with tail.at_work():
            yield tail


def _run(conninfo: str, deed: Callable[[Tail], Awaitable[None]]) -> None:
    async def follow() -> None:
        async with _tail(conninfo) as tail:
            await deed(tail)

    asyncio.run(follow())


async def _all(tail: Tail, position: int, until: int, organization: UUID = OURS) -> list[int]:
    """The positions of all events up to one."""
    seen: list[int] = []
    while position < until:
        page = await tail.after(position, organization, limit=200, patience=PATIENCE)
        seen.extend(event.position for event in page.events)
        position = page.position
    return seen


async def _waiting(tail: Tail, position: int, organization: UUID = OURS) -> "asyncio.Task[Page]":
    """Somebody who waits for what comes after a position."""
    task = asyncio.create_task(tail.after(position, organization, limit=200, patience=PATIENCE))
    while not tail._awaited.is_set():  # noqa: ASYNC110  # a state, no event of the tail's
        await asyncio.sleep(0.001)
    return task


@pytest.fixture
def hints_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks without a hint."""
    monkeypatch.setattr("adapters.postgres.tail.POLL", 1e6)


@pytest.fixture
def other(conninfo: str) -> Iterator[Store]:
    """Another process's store, as far as the tail can tell."""
    with closing(Store(conninfo)) as opened:
        yield opened


def test_what_was_there_before_comes_first_and_what_is_new_after_it(store: Store, conninfo: str) -> None:
    before = _write(store) + _write(store, BATCH + 3)

    async def deed(tail: Tail) -> None:
        assert await _all(tail, 0, before[-1]) == before
        waiting = await _waiting(tail, before[-1])
        new = await asyncio.to_thread(_write, store)
        tail.hint()
        assert [event.position for event in (await waiting).events] == new

    _run(conninfo, deed)


def test_what_is_anothers_is_not_told(store: Store, conninfo: str) -> None:
    organization = uuid4()
    ours, theirs = _write(store), _write(store, organization=organization)

    async def deed(tail: Tail) -> None:
        assert await _all(tail, 0, ours[-1]) == ours
        assert await _all(tail, 0, theirs[-1], organization) == theirs

    _run(conninfo, deed)


def test_patience_ends_with_an_empty_page_that_says_how_far_it_looked(store: Store, conninfo: str) -> None:
    theirs = _write(store, organization=uuid4())

    async def deed(tail: Tail) -> None:
        waiting = asyncio.create_task(tail.after(0, OURS, limit=1, patience=0.5))
        while tail._window.head < theirs[-1]:  # noqa: ASYNC110  # a state, no event of the tail's
            await asyncio.sleep(0.001)
        assert await waiting == ([], theirs[-1])

    _run(conninfo, deed)


@pytest.mark.usefixtures("hints_only")
def test_a_hint_wakes_who_waits(store: Store, conninfo: str) -> None:
    first = _write(store)

    async def deed(tail: Tail) -> None:
        await _all(tail, 0, first[-1])
        waiting = await _waiting(tail, first[-1])
        new = await asyncio.to_thread(_write, store)
        tail.hint()
        assert [event.position for event in (await waiting).events] == new

    _run(conninfo, deed)


def test_without_any_hint_the_log_is_looked_at_all_the_same(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.tail.POLL", 0.02)

    async def deed(tail: Tail) -> None:
        waiting = await _waiting(tail, 0)
        new = await asyncio.to_thread(_write, store)
        assert [event.position for event in (await waiting).events] == new

    _run(conninfo, deed)


@pytest.mark.usefixtures("hints_only")
def test_another_process_is_heard(other: Store, conninfo: str) -> None:
    async def follow() -> None:
        async with Reader(conninfo) as reader:
            tail = Tail(reader, _body)
            mine, theirs = Hints(conninfo, reader, tail.hint), Hints(conninfo, reader, lambda: None)
            async with tail.at_work(), mine.at_work(), theirs.at_work():
                while not await reader.rows(_LISTENING):  # noqa: ASYNC110  # another process's state
                    await asyncio.sleep(0.01)
                waiting = await _waiting(tail, 0)
                new = await asyncio.to_thread(_write, other)
                theirs.tell()
                assert [event.position for event in (await waiting).events] == new

    asyncio.run(follow())


def test_a_listener_whose_connection_was_ended_listens_again(
    conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.tail_hints._AGAIN", 0.01)

    async def follow() -> None:
        heard = asyncio.Event()
        async with Reader(conninfo) as reader:
            hints = Hints(conninfo, reader, heard.set)
            async with hints.at_work():
                for _ in range(2):
                    # It looks by itself as soon as it listens, for what came before.
                    await asyncio.wait_for(heard.wait(), PATIENCE)
                    heard.clear()
                    await asyncio.to_thread(end_all_connections, conninfo)

    asyncio.run(follow())


def test_a_hint_that_cannot_be_sent_is_let_go(conninfo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.postgres.tail_hints._AGAIN", 0.001)
    asked = []

    class Silent(Reader):
        async def rows(self, *_: object) -> list[tuple[object, ...]]:
            asked.append(1)
            raise StoreUnavailable("nobody there")

    async def send() -> None:
        hints = Hints(conninfo, Silent(conninfo), lambda: None)
        async with hints.at_work():
            for times in (1, 2):
                hints.tell()
                while len(asked) < times:  # noqa: ASYNC110  # counted, with no event of its own
                    await asyncio.sleep(0.001)

    asyncio.run(send())


def test_ended_connections_are_no_end_and_nothing_is_missed(store: Store, conninfo: str) -> None:
    async def deed(tail: Tail) -> None:
        seen: list[int] = []
        written: list[int] = []
        for _ in range(3):
            waiting = await _waiting(tail, written[-1] if written else 0)
            await asyncio.to_thread(end_all_connections, conninfo)
            written += await asyncio.to_thread(_write, store)
            tail.hint()
            seen += [event.position for event in (await waiting).events]
        assert seen == written

    _run(conninfo, deed)


def test_a_database_that_does_not_answer_is_asked_again(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.tail.POLL", 0.01)
    refused = []

    async def unavailable(*_: object) -> list[LogEntry]:
        refused.append(1)
        raise StoreUnavailable("nobody there")

    async def deed(tail: Tail) -> None:
        with monkeypatch.context() as broken:
            broken.setattr("adapters.postgres.tail.log_after", unavailable)
            waiting = await _waiting(tail, 0)
            while len(refused) < 3:  # noqa: ASYNC110  # counted, with no event of its own
                await asyncio.sleep(0.001)
        new = await asyncio.to_thread(_write, store)
        assert [event.position for event in (await waiting).events] == new

    _run(conninfo, deed)


def test_an_event_that_cannot_be_told_is_logged_and_ends_the_following_for_nobody(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.postgres.tail.POLL", 0.01)

    async def deed(tail: Tail) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(tail, "_render", lambda _: 1 // 0)
            new = await asyncio.to_thread(_write, store)
            waiting = await _waiting(tail, 0)
            async with asyncio.timeout(PATIENCE):
                while "looked at again" not in caplog.text:  # noqa: ASYNC110  # a line of the log's
                    await asyncio.sleep(0.001)
        assert [event.position for event in (await waiting).events] == new

    _run(conninfo, deed)


def test_after_a_long_rest_it_goes_on_at_the_end_and_the_stretch_between_is_read_from_the_database(
    store: Store, conninfo: str
) -> None:
    first = _write(store)

    async def deed(tail: Tail) -> None:
        await _all(tail, 0, first[-1])
        missed = await asyncio.to_thread(_write, store, MOST_EVENTS + 2 * BATCH)
        assert await _all(tail, first[-1], missed[-1]) == missed
        assert tail._window.floor > first[-1]
        assert await _all(tail, 0, missed[-1]) == first + missed

    _run(conninfo, deed)


def test_who_is_slow_gets_all_of_it_in_order_while_others_are_long_done(store: Store, conninfo: str) -> None:
    async def deed(tail: Tail) -> None:
        tail._window._most_events = 10
        written: list[int] = []
        slow = await tail.after(0, OURS, limit=1, patience=0.001)
        for _ in range(3):
            waiting = await _waiting(tail, written[-1] if written else 0)
            written += await asyncio.to_thread(_write, store, 20)
            tail.hint()
            await waiting
        assert tail._window.size[0] <= 10
        assert await _all(tail, slow.position, written[-1]) == written

    _run(conninfo, deed)


def test_a_page_that_was_refused_by_the_database_is_an_error_of_whoever_asked(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = _write(store)

    async def deed(tail: Tail) -> None:
        await _all(tail, 0, written[-1])
        tail._window.jump(written[-1])
        monkeypatch.setattr(tail._reader, "_rows", _refused)
        with pytest.raises(StoreUnavailable):
            await tail.after(0, OURS, limit=1, patience=PATIENCE)

    _run(conninfo, deed)


async def _refused(*_: object) -> list[tuple[object, ...]]:
    raise psycopg.OperationalError("nobody there")
