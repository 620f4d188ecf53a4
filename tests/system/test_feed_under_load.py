"""Who follows the feed hears each event once and in order, whatever is cut while many write."""

import os
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.store import Store
from api.commands.bootstrap import organization_of
from tests.support.cores import new_master_keys
from tests.support.feed_load import WRITERS, follow_while_they_write, through_the_recorder, without_the_lock
from tests.support.feed_reader import FeedReader
from tests.support.keyroll_process import ADMIN_TOKEN, KeyrollProcess

EVENTS = int(os.environ.get("KEYROLL_TEST_FEED_EVENTS", "20000"))
"""The full size is 200,000; see benchmarks/row_08_feed.py, which measures it."""

SERVED = "keyroll under test"


@pytest.fixture
def settings(conninfo: str) -> dict[str, str]:
    return {
        "KEYROLL_DATABASE_URL": make_conninfo(conninfo, application_name=SERVED),
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_SYNC_INTERVAL_HOURS": "0",
        "KEYROLL_ENV": "development",
    }


def _cut_the_database(conninfo: str) -> None:
    with psycopg.connect(conninfo) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [SERVED]
        )


def _hint(conninfo: str) -> None:
    with psycopg.connect(conninfo) as connection:
        connection.execute("NOTIFY keyroll_log")


def test_nothing_is_missed_or_told_twice_while_sixteen_write_and_connections_are_cut(
    conninfo: str, settings: dict[str, str], tmp_path: Path
) -> None:
    cut_every = 2.0 if EVENTS > 100_000 else 0.3
    store = Store(conninfo)
    with KeyrollProcess(tmp_path / "data", settings) as keyroll:
        told = follow_while_they_write(
            FeedReader(keyroll.url, ADMIN_TOKEN, cut_every=cut_every),
            through_the_recorder(store, organization_of("default")),
            events=EVENTS,
            disturb=lambda: _cut_the_database(conninfo),
            disturb_every=cut_every * 1.5,
        )
    store.close()
    assert len(told.written) >= EVENTS - WRITERS
    assert told.connections > 2
    begun = told.told.index(told.written[0])  # what Keyroll itself wrote as it began comes first
    assert told.told[begun:] == told.written


def test_without_the_lock_the_same_reader_misses_events(
    conninfo: str, settings: dict[str, str], tmp_path: Path
) -> None:
    with KeyrollProcess(tmp_path / "data", settings) as keyroll:
        told = follow_while_they_write(
            FeedReader(keyroll.url, ADMIN_TOKEN),
            without_the_lock(conninfo, organization_of("default")),
            events=WRITERS * 40,
            disturb=lambda: _hint(conninfo),
            disturb_every=0.02,
        )
    assert told.missed > 0
