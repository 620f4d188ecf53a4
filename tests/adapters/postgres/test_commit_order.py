"""Who tails the log misses nothing, because positions are given out in the order of commits."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import uuid4

import psycopg

from adapters.postgres.append import append_few
from adapters.postgres.store import Store
from tests.support.embedded_postgres import wait_until
from tests.support.examples import NOON
from tests.support.tables import execute, waiting_for_a_lock
from tests.support.writes import discovered, meta, provider

WRITERS = 8
WRITES = 12
MANY = 250

_WITHOUT_LOCK = """INSERT INTO stored_events (notification_id, originator_id, originator_version,
    topic, state, organization, occurred_at, actor, request_id, hash)
    VALUES (nextval('positions'), %s, 1, 'provider.deleted.v1', '', %s, now(), 'slow', 'slow', '')
    RETURNING notification_id"""


class Tail:
    """A reader that remembers how far it came, as every reader of the log does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.seen: list[int] = []

    def read(self) -> None:
        entries = self._store.log.log(self.seen[-1] if self.seen else 0, 1000)
        self.seen.extend(entry.position for entry in entries)


def test_eight_writers_and_a_tailing_reader_that_misses_nothing(store: Store) -> None:
    def write(writer: int) -> list[int]:
        positions: list[int] = []
        for number in range(WRITES):
            decided = [provider(f"{writer}.{number}")] if number % 6 else discovered(uuid4(), MANY)
            last = store.append(decided, meta(), NOON).position
            positions.extend(range(last - len(decided) + 1, last + 1))
        return positions

    tail = Tail(store)
    with ThreadPoolExecutor(WRITERS) as threads:
        running = [threads.submit(write, writer) for writer in range(WRITERS)]
        while not all(writer.done() for writer in running):
            tail.read()
    tail.read()
    written = [position for writer in running for position in writer.result()]
    assert len(written) == len(set(written)) == WRITERS * (2 * MANY + WRITES - 2)
    assert tail.seen == sorted(written)
    assert all(before < after for before, after in pairwise(tail.seen))


def test_the_next_writer_waits_until_the_one_that_has_a_position_is_done(
    writer: Store, conninfo: str
) -> None:
    tail = Tail(writer)
    with psycopg.connect(conninfo) as slow, ThreadPoolExecutor(1) as threads:
        held = writer.prepare([provider("Slow")], meta(), NOON)
        assert append_few(slow, held.entries, held.write) == 1
        fast = threads.submit(writer.append, [provider("One")], meta(), NOON)
        wait_until(lambda: waiting_for_a_lock(conninfo) == 1)
        tail.read()
        assert tail.seen == []
        slow.commit()
        assert fast.result().position == 2
    tail.read()
    assert tail.seen == [1, 2]


def test_without_the_lock_the_same_reader_misses_a_slow_write(store: Store, conninfo: str) -> None:
    tail = Tail(store)
    execute(conninfo, "CREATE SEQUENCE positions")
    with psycopg.connect(conninfo) as slow:
        taken = slow.execute(_WITHOUT_LOCK, [uuid4(), uuid4()]).fetchone()
        execute(conninfo, _WITHOUT_LOCK, uuid4(), uuid4())
        tail.read()
    tail.read()
    assert taken == (1,)
    assert tail.seen == [2], "position 1 was committed behind the reader's back"
    assert [entry.position for entry in store.log.log(0, 10)] == [1, 2]
