"""Hands that change the log directly in its table, as a superuser can: each kind at a random place."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

Place = int
Tamper = Callable[[Connection[Any], Random, int], Place]
"""Spoils a log that ends at a position, somewhere, and says where the first wrong position is."""


def _change(assignment: str) -> Tamper:
    statement = b"UPDATE stored_events SET " + assignment.encode() + b" WHERE notification_id = %s"

    def tamper(connection: Connection[Any], chance: Random, end: int) -> Place:
        place = chance.randint(1, end)
        assert connection.execute(statement, [place]).rowcount == 1
        return place

    return tamper


def _delete(connection: Connection[Any], chance: Random, end: int) -> Place:
    place = chance.randint(1, end - 1)
    connection.execute("DELETE FROM stored_events WHERE notification_id = %s", [place])
    return place


def _cut(connection: Connection[Any], chance: Random, end: int) -> Place:
    place = chance.randint(1, end)
    connection.execute("DELETE FROM stored_events WHERE notification_id >= %s", [place])
    return place


def _swap(connection: Connection[Any], chance: Random, end: int) -> Place:
    first, second = sorted(chance.sample(range(1, end + 1), 2))
    for old, new in ((first, -1), (second, first), (-1, second)):
        connection.execute(
            "UPDATE stored_events SET notification_id = %s WHERE notification_id = %s", [new, old]
        )
    return first


def _insert(connection: Connection[Any], chance: Random, end: int) -> Place:
    """An event is put in with a hash that fits, and those behind it make room."""
    place = chance.randint(1, end)
    connection.execute(
        "UPDATE stored_events SET notification_id = -notification_id WHERE notification_id >= %s", [place]
    )
    connection.execute(
        "UPDATE stored_events SET notification_id = 1 - notification_id WHERE notification_id < 0"
    )
    connection.execute(_COPY_OF_ANOTHER.encode(), [place, UUID(int=chance.getrandbits(128)), place + 1])
    hash_again(connection, place, place)
    connection.execute("UPDATE log_head SET position = position + 1")
    return place


def _append(connection: Connection[Any], chance: Random, end: int) -> Place:
    """An event is added with a hash that fits, past the log's head."""
    of = chance.randint(1, end)
    connection.execute(_COPY_OF_ANOTHER.encode(), [end + 1, UUID(int=chance.getrandbits(128)), of])
    hash_again(connection, end + 1, end + 1)
    return end + 1


_COPY_OF_ANOTHER: Final = """
    INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state, organization,
        occurred_at, actor, request_id, address, hash)
    SELECT %s, %s, originator_version, topic, state, organization, occurred_at, actor, request_id, address, ''
    FROM stored_events WHERE notification_id = %s
"""

TAMPERS: Final[Mapping[str, Tamper]] = {
    "state": _change("state = set_byte(state, 0, get_byte(state, 0) # 1)"),
    "topic": _change("topic = topic || '.'"),
    "actor": _change("actor = 'nobody'"),
    "time": _change("occurred_at = occurred_at - interval '1 microsecond'"),
    "organization": _change("organization = gen_random_uuid()"),
    "request": _change("request_id = request_id || ' '"),
    "address": _change("address = CASE WHEN address IS NULL THEN '' END"),
    "stream": _change("originator_id = gen_random_uuid()"),
    "version": _change("originator_version = originator_version + 1000000"),
    "hash": _change("hash = sha256(hash)"),
    "short hash": _change("hash = ''"),
    "deleted": _delete,
    "inserted": _insert,
    "appended": _append,
    "swapped": _swap,
    "cut off": _cut,
}
"""By kind."""


def hash_again(connection: Connection[Any], first: int, last: int) -> None:
    """Make the hashes of these events fit their rows, as who knows the scheme can."""
    connection.execute(_HASH_AGAIN.replace("FIRST", str(first)).replace("LAST", str(last)).encode())


_HASH_AGAIN: Final = """
    DO $$
    DECLARE e record; before bytea := decode(repeat('00', 32), 'hex');
    BEGIN
        SELECT hash INTO before FROM stored_events WHERE notification_id = FIRST - 1;
        before := coalesce(before, decode(repeat('00', 32), 'hex'));
        FOR e IN SELECT * FROM stored_events WHERE notification_id BETWEEN FIRST AND LAST
            ORDER BY notification_id
        LOOP
            before := sha256(before
                || keyroll_hashed(int8send(e.notification_id))
                || keyroll_hashed(uuid_send(e.originator_id))
                || keyroll_hashed(int8send(e.originator_version))
                || keyroll_hashed(convert_to(e.topic, 'UTF8'))
                || keyroll_hashed(e.state)
                || keyroll_hashed(uuid_send(e.organization))
                || keyroll_hashed(timestamptz_send(e.occurred_at))
                || keyroll_hashed(convert_to(e.actor, 'UTF8'))
                || keyroll_hashed(convert_to(e.request_id, 'UTF8'))
                || keyroll_hashed(convert_to(e.address, 'UTF8')));
            UPDATE stored_events SET hash = before WHERE notification_id = e.notification_id;
        END LOOP;
    END $$
"""
