"""Each event's hash covers the one before it and its whole row, and both ways to write make the same one."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.chain import GENESIS, Head, chained
from adapters.postgres.refusals import StreamMoved
from adapters.postgres.store import Decided, Store
from adapters.postgres.write import LogEntry
from domain.event import Meta
from domain.provider import ProviderCreated
from tests.support.examples import META, NOON, OWN
from tests.support.tables import execute
from tests.support.writes import discovered, meta, provider, renamed

START = Head(0, GENESIS)
ENTRY = LogEntry(
    originator_id=UUID(int=7),
    originator_version=3,
    topic="provider.renamed.v1",
    state='{"name":"Zoë"}'.encode(),
    occurred_at=datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC),
    meta=Meta(organization=UUID(int=9), actor="ada", request_id="r-1", address=None),
)


def heads(conninfo: str) -> list[Head]:
    """The positions and hashes of the log's rows, in its order."""
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute("SELECT notification_id, hash FROM stored_events ORDER BY notification_id")
        return [Head(*row) for row in rows]


def log_head(conninfo: str) -> tuple[object, ...] | None:
    with psycopg.connect(conninfo) as connection:
        return connection.execute("SELECT position, hash, gapless_from FROM log_head").fetchone()


def test_what_is_hashed_stays_what_it_is_because_logs_hold_it() -> None:
    row = (
        bytes(32)
        + b"\x00\x00\x00\x08" + (1).to_bytes(8, "big")
        + b"\x00\x00\x00\x10" + UUID(int=7).bytes
        + b"\x00\x00\x00\x08" + (3).to_bytes(8, "big")
        + b"\x00\x00\x00\x13provider.renamed.v1"
        + b'\x00\x00\x00\x0f{"name":"Zo\xc3\xab"}'
        + b"\x00\x00\x00\x10" + UUID(int=9).bytes
        + b"\x00\x00\x00\x08" + (848_710_923_456_789).to_bytes(8, "big")
        + b"\x00\x00\x00\x03ada"
        + b"\x00\x00\x00\x03r-1"
        + b"\xff\xff\xff\xff"
    )  # fmt: skip
    assert list(chained(START, [ENTRY])) == [Head(1, sha256(row).digest())]


def test_no_two_rows_and_no_two_places_have_the_same_hash() -> None:
    by = ENTRY.meta
    others = [
        ENTRY,
        replace(ENTRY, originator_id=UUID(int=8)),
        replace(ENTRY, originator_version=4),
        replace(ENTRY, topic="provider.renamed.v2"),
        replace(ENTRY, topic=ENTRY.topic + "{", state=ENTRY.state[1:]),
        replace(ENTRY, state=b""),
        replace(ENTRY, occurred_at=ENTRY.occurred_at + timedelta(microseconds=1)),
        replace(ENTRY, meta=by.model_copy(update={"organization": UUID(int=10)})),
        replace(ENTRY, meta=by.model_copy(update={"actor": "bob"})),
        replace(ENTRY, meta=by.model_copy(update={"actor": "adar", "request_id": "-1"})),
        replace(ENTRY, meta=by.model_copy(update={"address": ""})),
        replace(ENTRY, meta=by.model_copy(update={"request_id": "r-", "address": "1"})),
    ]
    hashes = [head.hash for entry in others for head in chained(START, [entry])]
    hashes += [head.hash for head in chained(Head(1, GENESIS), [ENTRY])]
    hashes += [head.hash for head in chained(Head(0, b"\x01" * 32), [ENTRY])]
    assert len(set(hashes)) == len(others) + 2


def test_a_write_continues_the_chain_from_the_log_as_it_was(writer: Store, conninfo: str) -> None:
    assert log_head(conninfo) == (0, GENESIS, 1)
    writer.append([provider("One"), *discovered(uuid4(), 3)], meta(), NOON)
    writer.append([provider("Two")], META.model_copy(update={"address": None}), NOON)
    assert heads(conninfo) == list(chained(START, writer.log.log(0, 10)))
    assert log_head(conninfo) == (*heads(conninfo)[-1], 1)


@pytest.mark.parametrize("text", ["", "Zoë ✓ 🎉", "\\x00", "'\"\\", "a\tb\nc"])
@pytest.mark.parametrize("zone", [0, 5.75, -11])
def test_both_ways_to_write_hash_the_same_bytes(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch, text: str, zone: float
) -> None:
    at = datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) + timedelta(hours=zone)
    by = Meta(organization=uuid4(), actor=text, request_id=text, address=text)
    stream, _ = provider("One")
    prepared = store.prepare([Decided(stream, (ProviderCreated(name=text or "-", endpoint=OWN),))], by, at)
    hashes = set()
    for bulk in (0, 1_000_000):
        monkeypatch.setattr("adapters.postgres.recorder.BULK", bulk)
        store.put(prepared)
        hashes.update(heads(conninfo))
        execute(conninfo, "DELETE FROM stored_events")
        execute(conninfo, "DELETE FROM llm_providers")
        execute(conninfo, "UPDATE log_head SET position = 0, hash = %s", GENESIS)
    assert hashes == set(chained(START, prepared.entries))


def test_an_append_that_is_refused_leaves_no_gap(writer: Store, conninfo: str) -> None:
    created = provider("One")
    writer.append([created], meta(), NOON)
    late = renamed(writer, created.stream.id, "Late")
    writer.append([renamed(writer, created.stream.id, "Early")], meta(), NOON)
    with pytest.raises(StreamMoved):
        writer.append([provider("Two"), late], meta(), NOON)
    writer.append([provider("Three")], meta(), NOON)
    assert [head.position for head in heads(conninfo)] == [1, 2, 3]
    assert heads(conninfo) == list(chained(START, writer.log.log(0, 10)))


def test_sixteen_writers_make_one_chain(store: Store, conninfo: str) -> None:
    def write(number: int) -> None:
        with closing(Store(conninfo)) as mine:
            for turn in range(5):
                mine.append([provider(f"{number}.{turn}")], meta(), NOON)
            mine.append(discovered(uuid4(), 200), meta(), NOON)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(write, range(16)))
    found = heads(conninfo)
    assert len(found) == 16 * 205
    assert all(after.position == before.position + 1 for before, after in pairwise(found))
    assert found == list(chained(START, store.log.log(0, 10_000)))
    assert log_head(conninfo) == (*found[-1], 1)
