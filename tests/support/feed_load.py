"""Many writers, and one who follows the feed meanwhile: what was written, and what he was told."""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg

from adapters.postgres.store import Store
from tests.support.embedded_postgres import wait_until
from tests.support.examples import NOON
from tests.support.feed_reader import FeedReader
from tests.support.writes import discovered, meta, provider

MANY = 250
WRITERS = 16
_ONE_BY_ONE = 100
"""Of each thousand events of a writer, about so many are written one by one."""

Write = Callable[[int], list[int]]
"""Writes about so many events, and returns their positions."""

_WITHOUT_LOCK = """INSERT INTO stored_events (originator_id, originator_version, topic, state,
    notification_id, organization, occurred_at, actor, request_id, hash)
    SELECT gen_random_uuid(), 1, 'provider.enabled.v1', '{"name":"x"}', nextval('unlocked'), %s,
        now(), '', '', ''
    RETURNING notification_id"""


@dataclass(frozen=True)
class Told:
    """What was written and what was told, by position, and over how many connections."""

    written: list[int]
    told: list[int]
    connections: int

    @property
    def missed(self) -> int:
        """How many events were never told."""
        return len(set(self.written) - set(self.told))

    @property
    def twice(self) -> int:
        """How many times an event was told that had been told before."""
        return len(self.told) - len(set(self.told))


def through_the_recorder(store: Store, organization: UUID) -> Write:
    """Writers as Keyroll has them: small writes and bulk writes in turn."""

    def write(count: int) -> list[int]:
        positions: list[int] = []
        while len(positions) < count:
            bulk = len(positions) % 1000 > _ONE_BY_ONE
            decided = discovered(uuid4(), MANY) if bulk else [provider(str(uuid4()))]
            last = store.append(decided, meta(organization), NOON).position
            positions.extend(range(last - len(decided) + 1, last + 1))
        return positions

    return write


def without_the_lock(conninfo: str, organization: UUID) -> Write:
    """Writers who take a position first and commit it a moment later, as a sequence without a lock has it."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE SEQUENCE unlocked START 1000")

    def write(count: int) -> list[int]:
        positions: list[int] = []
        pauses = random.SystemRandom()
        with psycopg.connect(conninfo) as connection:
            while len(positions) < count:
                row = connection.execute(_WITHOUT_LOCK, [organization]).fetchone()
                assert row is not None
                time.sleep(pauses.uniform(0, 0.02))
                connection.commit()
                positions.append(row[0])
        return positions

    return write


def follow_while_they_write(
    reader: FeedReader,
    write: Write,
    *,
    events: int,
    disturb: Callable[[], Any],
    disturb_every: float,
    writers: int = WRITERS,
) -> Told:
    """Let the writers write, with a reader who follows and a disturbance now and then, to the end of both."""
    with ExitStack() as stack:
        stack.enter_context(reader)
        assert reader.is_there.wait(60)
        threads = stack.enter_context(ThreadPoolExecutor(writers))
        writing: list[Future[list[int]]] = [threads.submit(write, events // writers) for _ in range(writers)]
        next_time = time.monotonic() + disturb_every
        while not all(writer.done() for writer in writing):
            time.sleep(0.01)
            if time.monotonic() >= next_time:
                disturb()
                next_time = time.monotonic() + disturb_every
        written = sorted(position for writer in writing for position in writer.result())
        wait_until(lambda: reader.last >= written[-1])
    return Told(written, reader.positions, reader.connections)
