import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.server import RunningServer, start
from tests.support.embedded_postgres import Holder, server_processes, start_for_tests, wait_until


def _kill(server: RunningServer) -> None:
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not server_processes(server.root))


def test_what_was_acknowledged_before_postgres_was_killed_is_there_after_the_next_start(
    tmp_path: Path,
) -> None:
    with start(tmp_path) as server:
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(server.conninfo, autocommit=True) as connection,
        ):
            connection.execute("CREATE TABLE written (n int)")
            for n in range(100):
                connection.execute("INSERT INTO written VALUES (%s)", [n])
            os.kill(server.pid, signal.SIGKILL)
        with start(tmp_path) as recovered, psycopg.connect(recovered.conninfo) as connection:
            assert recovered.pid != server.pid
            # Clients that were connected before the crash find the server where it was.
            assert recovered.conninfo == server.conninfo
            assert connection.execute("SELECT count(*) FROM written").fetchone() == (100,)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
    wait_until(lambda: not server_processes(tmp_path))


def test_a_process_that_got_the_id_of_a_killed_server_is_neither_believed_nor_harmed(tmp_path: Path) -> None:
    server = start_for_tests(tmp_path)
    owner = (tmp_path / "postgres").stat().st_uid
    _kill(server)
    bystander = subprocess.Popen(["/bin/sleep", "600"], user=owner if os.geteuid() == 0 else None)
    try:
        for stale in (tmp_path / "postgres" / "postmaster.pid", server.socket_folder / ".s.PGSQL.5432.lock"):
            stale.write_text(stale.read_text().replace(str(server.pid), str(bystander.pid)))
        with start_for_tests(tmp_path) as recovered:
            assert recovered.pid != bystander.pid
        server.close()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_closing_after_postgres_was_killed_tidies_up(tmp_path: Path) -> None:
    server = start_for_tests(tmp_path)
    _kill(server)
    assert server.socket_folder.exists()
    server.close()
    assert not server.socket_folder.exists()
    # The next start takes away the shared memory that PostgreSQL could not.
    start_for_tests(tmp_path).close()


def test_a_cluster_whose_making_was_interrupted_is_made_again(tmp_path: Path) -> None:
    unlucky = Holder(tmp_path)
    wait_until((tmp_path / "postgres.new" / "PG_VERSION").exists)
    unlucky.send(signal.SIGKILL)
    assert not (tmp_path / "postgres").exists()
    with start_for_tests(tmp_path) as server, psycopg.connect(server.conninfo) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not (tmp_path / "postgres.new").exists()


def test_a_copy_of_a_data_folder_in_use_gets_a_server_of_its_own(tmp_path: Path) -> None:
    with start_for_tests(tmp_path / "original"):
        pass
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    owner = (tmp_path / "original" / "postgres").stat()
    for path in (tmp_path / "copy" / "postgres").rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid)
    os.chown(tmp_path / "copy" / "postgres", owner.st_uid, owner.st_gid)
    with start_for_tests(tmp_path / "original") as original:
        (tmp_path / "copy" / "postgres.socket").symlink_to(original.socket_folder)
        with start_for_tests(tmp_path / "copy") as copy:
            assert copy.pid != original.pid
            assert copy.socket_folder != original.socket_folder
        with psycopg.connect(original.conninfo) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_dies_at_its_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with start_for_tests(tmp_path):
        pass
    with (tmp_path / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        start_for_tests(tmp_path)
    assert not server_processes(tmp_path)
    assert not (tmp_path / "postgres.socket").is_symlink()
