"""A log of an older Keyroll gets its hashes, oldest event first, and keeps its positions."""

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psycopg
import pytest

from adapters.embedded.server import RunningServer
from adapters.postgres.log_verification import verify_log
from adapters.postgres.schema import MIGRATIONS
from adapters.postgres.store import Store
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.examples import NOON
from tests.support.tables import execute
from tests.support.writes import meta, provider

_OLD_EVENT = """
    INSERT INTO stored_events (originator_id, originator_version, topic, state, organization, occurred_at,
        actor, request_id, address, notification_id)
    SELECT gen_random_uuid(), 1, 'provider.deleted.v1', convert_to('{"name":"Zoë ' || n || '"}', 'UTF8'),
        gen_random_uuid(), now(), 'Zoë', 'r-' || n, CASE WHEN n %% 2 = 0 THEN '192.0.2.7' END, n
    FROM unnest(%s::bigint[]) AS n
"""


@pytest.fixture
def old(postgres: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of the version before hashes."""
    name = f"old_{uuid4().hex}"
    conninfo = create_database(postgres, name)
    with monkeypatch.context() as before, psycopg.connect(conninfo, autocommit=True) as connection:
        before.setattr("adapters.postgres.schema.MIGRATIONS", MIGRATIONS[:3])
        before.setattr("adapters.postgres.schema._functions", lambda: "")
        before.setattr("adapters.postgres.schema.register_read_models", lambda _: None)
        before.setattr("adapters.postgres.schema.put_row_writer", lambda _: None)
        from adapters.postgres.schema import migrate  # noqa: PLC0415  # as it is now

        migrate(connection)
    yield conninfo
    drop_database(postgres, name)


@pytest.mark.parametrize(
    ("positions", "gapless_from"),
    [([], 1), ([1, 2, 3], 1), ([1, 2, 5, 6, 9, 10], 9), ([4], 4)],
    ids=["empty", "whole", "with gaps", "begun late"],
)
def test_old_events_are_chained_where_they_stand(old: str, positions: list[int], gapless_from: int) -> None:
    execute(old, _OLD_EVENT, positions)
    with closing(Store(old)) as store:
        assert [entry.position for entry in store.log.log(0, 100)] == positions
        last = positions[-1] if positions else 0
        assert store.append([provider("New")], meta(), NOON).position == last + 1
    found = verify_log(old)
    assert (found.events, found.head.position, found.flaw) == (len(positions) + 1, last + 1, None)
    with psycopg.connect(old) as connection:
        assert connection.execute("SELECT gapless_from FROM log_head").fetchall() == [(gapless_from,)]


def test_an_old_event_that_is_removed_shows(old: str) -> None:
    execute(old, _OLD_EVENT, [1, 2, 5, 6, 9, 10])
    Store(old).close()
    execute(old, "DELETE FROM stored_events WHERE notification_id = 5")
    flaw = verify_log(old).flaw
    assert flaw is not None
    assert (flaw.position, "between 2 and 6" in flaw.what) == (6, True)
    execute(old, "DELETE FROM stored_events WHERE notification_id = 6 OR notification_id = 9")
    flaw = verify_log(old).flaw
    assert flaw is not None
    assert (flaw.position, flaw.what) == (9, "the event is missing")
