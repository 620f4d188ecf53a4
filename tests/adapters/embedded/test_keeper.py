import logging
import os
import signal
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import keeper
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.keeper import kept_running
from adapters.embedded.server import RunningServer
from tests.support.embedded_postgres import server_processes, wait_until


def _answers(server: RunningServer) -> bool:
    try:
        with psycopg.connect(server.conninfo, connect_timeout=1) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_a_server_that_is_killed_is_started_again_and_stopped_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with kept_running(tmp_path, durable=False) as server:
        assert _answers(server)
        for _ in range(2):
            pids = server_processes(tmp_path)
            os.kill(min(pids), signal.SIGKILL)
            wait_until(lambda killed=pids: not set(killed) & set(server_processes(tmp_path)))  # type: ignore[misc]  # the default binds the loop's value
            wait_until(lambda: _answers(server))
    wait_until(lambda: not server_processes(tmp_path))
    assert "was started again" in caplog.text


def test_a_server_that_does_not_start_again_is_told_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(root: Path, *, durable: bool) -> RunningServer:
        tried.append((root, durable))
        raise EmbeddedPostgresError("the disk is full: make room")

    caplog.set_level(logging.ERROR)
    with kept_running(tmp_path, durable=False):
        monkeypatch.setattr(keeper, "start", fail)
        os.kill(min(server_processes(tmp_path)), signal.SIGKILL)
        wait_until(lambda: len(tried) > 1)
    assert "make room" in caplog.text
    wait_until(lambda: not server_processes(tmp_path))
