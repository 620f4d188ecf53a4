"""What was changed in the log is found, at the place where it was; what was not changed raises no alarm."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest

from adapters.embedded.server import RunningServer
from adapters.postgres import log_verification
from adapters.postgres.chain import GENESIS, Head
from adapters.postgres.log_verification import EMPTY, check_log, log_head, verify_log
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Store
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.examples import META, NOON
from tests.support.tables import execute
from tests.support.tampering import TAMPERS, hash_again
from tests.support.writes import discovered, meta, provider

TIMES: Final = int(os.environ.get("KEYROLL_TEST_TAMPERS", "200"))
"""How many logs are tampered with, and how many are not."""

EVENTS: Final = 40


@pytest.fixture
def log(store: Store, conninfo: str) -> str:
    """A database with a log of forty events, made in both ways to write."""
    store.append([provider("One")], META.model_copy(update={"address": None}), NOON)
    store.append(discovered(uuid4(), EVENTS - 2), meta(), NOON)
    store.append([provider("Two")], meta(), NOON)
    return conninfo


@pytest.fixture
def connection(log: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(log) as opened:
        yield opened


@pytest.fixture
def in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verification sees what the test's own transaction has not committed."""
    monkeypatch.setattr(log_verification, "_ISOLATION", b"SELECT 1")


@pytest.mark.usefixtures("in_a_transaction")
def test_every_tamper_is_found_at_its_exact_place(connection: psycopg.Connection[Any]) -> None:
    seed = int(os.environ.get("KEYROLL_TEST_SEED", Random().getrandbits(32)))  # noqa: S311  # a repeatable story
    print(f"KEYROLL_TEST_SEED={seed}")  # noqa: T201  # shown when the test fails, to repeat it
    chance = Random(seed)  # noqa: S311  # as above
    kinds = list(TAMPERS)
    wrong = []
    for number in range(TIMES):
        kind = kinds[number % len(kinds)]
        with connection.transaction(force_rollback=True):
            place = TAMPERS[kind](connection, chance, EVENTS)
            flaw = check_log(connection).flaw
        if flaw is None or flaw.position != place:
            wrong.append((kind, place, flaw))
    assert wrong == []


@pytest.mark.usefixtures("in_a_transaction")
def test_an_untouched_log_raises_no_alarm(connection: psycopg.Connection[Any]) -> None:
    chance = Random(4)  # noqa: S311  # a repeatable story
    for _ in range(TIMES):
        with connection.transaction(force_rollback=True):
            connection.execute("DELETE FROM llm_models")  # what is no part of the log does not matter
            end = chance.randint(0, EVENTS)
            connection.execute("DELETE FROM stored_events WHERE notification_id > %s", [end])
            connection.execute(
                "UPDATE log_head SET position = %s, hash = coalesce("
                "(SELECT hash FROM stored_events WHERE notification_id = %s), %s)",
                [end, end, GENESIS],
            )
            found = check_log(connection)
            assert (found.events, found.head.position, found.flaw) == (end, end, None)


@pytest.mark.usefixtures("in_a_transaction")
@pytest.mark.parametrize(
    ("statement", "place", "words"),
    [
        ("UPDATE log_head SET hash = sha256(hash)", EVENTS, "log's head has another hash"),
        ("UPDATE log_head SET position = position + 1", EVENTS + 1, "the log was cut off"),
        ("DELETE FROM log_head", 0, "0 rows"),
        ("INSERT INTO log_head VALUES (7, '', 1)", 0, "2 rows"),
        ("DELETE FROM stored_events", 1, "missing"),
        ("DELETE FROM stored_events WHERE notification_id IN (3, 4, 9)", 3, "missing"),
        ("UPDATE stored_events SET actor = 'x' WHERE notification_id IN (9, 5)", 5, "changed"),
    ],
)
def test_what_is_wrong_is_told_in_words(
    connection: psycopg.Connection[Any], statement: str, place: int, words: str
) -> None:
    connection.execute(statement.encode())
    flaw = check_log(connection).flaw
    assert flaw is not None
    assert (flaw.position, words in flaw.what) == (place, True)


@pytest.mark.usefixtures("in_a_transaction")
def test_a_check_that_stops_in_the_midst_of_the_log_leaves_the_transaction_around_it_usable(
    connection: psycopg.Connection[Any],
) -> None:
    # More than any buffer on the way holds, so that PostgreSQL is still at it when the check stops.
    connection.execute(
        "UPDATE stored_events SET actor = 'x', state = convert_to(repeat('x', 30000000), 'UTF8')"
        " WHERE notification_id < 3"
    )
    flaw = check_log(connection).flaw
    assert flaw is not None
    assert flaw.position == 1
    assert connection.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.usefixtures("in_a_transaction")
def test_a_change_with_a_new_hash_shows_at_the_next_event(connection: psycopg.Connection[Any]) -> None:
    connection.execute("UPDATE stored_events SET actor = 'x' WHERE notification_id = 7")
    hash_again(connection, 7, 7)
    flaw = check_log(connection).flaw
    assert flaw is not None
    assert flaw.position == 8
    assert "the event before it together with its hash" in flaw.what


@pytest.mark.usefixtures("in_a_transaction")
def test_a_log_that_was_rewritten_whole_shows_by_a_checkpoint_and_by_nothing_else(
    connection: psycopg.Connection[Any],
) -> None:
    then = log_head(connection)
    connection.execute("UPDATE stored_events SET actor = 'x' WHERE notification_id = 7")
    hash_again(connection, 7, EVENTS)
    connection.execute(
        "UPDATE log_head SET hash = (SELECT hash FROM stored_events WHERE notification_id = %s)", [EVENTS]
    )
    assert check_log(connection).flaw is None
    flaw = check_log(connection, then).flaw
    assert flaw is not None
    assert flaw.position == EVENTS
    assert "rewritten" in flaw.what


@pytest.mark.usefixtures("in_a_transaction")
def test_a_rewritten_log_that_steps_over_the_checkpoint_is_found_whatever_gaps_it_admits_to(
    store: Store, connection: psycopg.Connection[Any]
) -> None:
    then = log_head(connection)
    connection.commit()
    store.append([provider("Three")], meta(), NOON)
    connection.execute("DELETE FROM stored_events WHERE notification_id = %s", [then.position])
    hash_again(connection, 1, EVENTS + 1)
    connection.execute(
        "UPDATE log_head SET gapless_from = position + 1,"
        " hash = (SELECT hash FROM stored_events WHERE notification_id = position)"
    )
    assert check_log(connection).flaw is None
    flaw = check_log(connection, then).flaw
    assert flaw is not None
    assert (flaw.position, "checkpoint is missing" in flaw.what) == (then.position, True)


def test_a_checkpoint_of_yesterday_holds_today(store: Store, log: str) -> None:
    heads = [EMPTY, store.log.run(log_head)]
    store.append([provider("Three")], meta(), NOON)
    heads.append(store.log.run(log_head))
    store.append(discovered(uuid4(), 200), meta(), NOON)
    for known in heads:
        assert verify_log(log, known=known) == (EVENTS + 201, store.log.run(log_head), None)


def test_a_checkpoint_of_a_longer_log_or_of_another_beginning_fails(log: str) -> None:
    longer = verify_log(log, known=Head(EVENTS + 5, bytes(32))).flaw
    assert longer is not None
    assert (longer.position, "longer" in longer.what) == (EVENTS + 1, True)
    other = verify_log(log, known=Head(0, b"\x01" * 32)).flaw
    assert other is not None
    assert other.position == 0


def test_a_log_whose_old_positions_have_gaps_is_sound_and_what_is_put_in_there_is_found(
    store: Store, log: str
) -> None:
    with psycopg.connect(log, autocommit=True) as connection:
        connection.execute("UPDATE stored_events SET notification_id = notification_id * -10")
        connection.execute("UPDATE stored_events SET notification_id = -notification_id")
        hash_again(connection, 1, EVENTS * 10)
        connection.execute(
            "UPDATE log_head SET position = %s, gapless_from = %s,"
            " hash = (SELECT hash FROM stored_events WHERE notification_id = %s)",
            [EVENTS * 10, EVENTS * 10 + 1, EVENTS * 10],
        )
    store.append([provider("Three")], meta(), NOON)
    assert verify_log(log).flaw is None
    execute(log, "UPDATE stored_events SET notification_id = 55 WHERE notification_id = 400")
    flaw = verify_log(log).flaw
    assert flaw is not None
    assert flaw.position == 55
    with psycopg.connect(log, autocommit=True) as connection:
        hash_again(connection, 51, 55)  # with the hash that fits
    found = verify_log(log).flaw
    assert found is not None
    assert (found.position, "between 50 and 55" in found.what or "put in" in found.what) == (55, True)


def test_the_log_is_verified_as_it_was_at_one_moment_while_writers_go_on(store: Store, log: str) -> None:
    def write(number: int) -> None:
        with closing(Store(log)) as mine:
            for turn in range(10):
                mine.append([provider(f"{number}.{turn}")], meta(), NOON)

    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(write, number) for number in range(4)]
        found = [verify_log(log)]
        while not all(writer.done() for writer in writers):
            found.append(verify_log(log))
        for writer in writers:
            writer.result()
    found.append(verify_log(log))
    assert [one.flaw for one in found if one.flaw] == []
    assert found[-1].events == EVENTS + 40
    assert found[-1].head == store.log.run(log_head)


def test_progress_is_told_now_and_then(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_verification, "_ROWS_BETWEEN_REPORTS", 15)
    told: list[tuple[int, int]] = []
    verify_log(log, report=lambda at, of: told.append((at, of)))
    assert told == [(15, EVENTS), (30, EVENTS)]


def test_a_database_without_a_log_is_said_to_have_none(postgres: RunningServer) -> None:
    name = f"empty_{uuid4().hex}"
    with pytest.raises(StoreUnavailable, match="run `keyroll migrate`"):
        verify_log(create_database(postgres, name))
    drop_database(postgres, name)


def test_a_connection_that_dies_is_told(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_verification, "_ISOLATION", b"SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        verify_log(log)


def test_a_log_without_a_head_takes_no_checkpoint(store: Store) -> None:
    store.log.run(lambda connection: connection.execute("DELETE FROM log_head"))
    with pytest.raises(StoreUnavailable, match="restore it"):
        store.log.run(log_head)
