import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.embedded.server import RunningServer
from tests.support.embedded_postgres import (
    create_database,
    drop_database,
    link_of,
    server_processes,
    start_for_tests,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with start_for_tests(tmp_path_factory.mktemp("embedded") / "data") as running:
        yield running


def _one(server: RunningServer, query: str) -> object:
    with psycopg.connect(server.conninfo) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _listening_ports(pids: list[int]) -> set[int]:
    sockets = {link for pid in pids for link in _open_files(pid)}
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    lines = [
        line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]
    ]
    return {
        int(line[1].rsplit(":")[-1], 16)
        for line in lines
        if line[3] == "0A" and f"socket:[{line[9]}]" in sockets
    }


def _open_files(pid: int) -> list[str]:
    return [link_of(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT current_user", "keyroll"),
        ("SELECT current_database()", "keyroll"),
        ("SHOW server_encoding", "UTF8"),
        ("SELECT datlocale FROM pg_database WHERE datname = current_database()", "C.UTF-8"),
        ("SHOW timezone", "UTC"),
        ("SHOW listen_addresses", ""),
        ("SHOW max_connections", "200"),
        ("SHOW log_statement", "none"),
        ("SHOW log_parameter_max_length", "0"),
        ("SHOW log_parameter_max_length_on_error", "0"),
        ("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'keyroll'", True),
        ("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'", 0),
    ],
)
def test_the_first_start_makes_a_database_of_the_agreed_kind(
    server: RunningServer, query: str, answer: object
) -> None:
    assert _one(server, query) == answer


def test_the_server_listens_on_no_network_port(server: RunningServer) -> None:
    assert _listening_ports(server_processes(server.root)) == set()
    with socket.create_server(("127.0.0.1", 0)) as control:
        assert control.getsockname()[1] in _listening_ports([os.getpid()])


def test_only_the_owner_reads_the_password_and_it_is_in_no_connection_string(server: RunningServer) -> None:
    file = server.root / "postgres.password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = file.read_text().strip().rsplit(":")[-1]
    assert len(password) > 40
    assert password not in server.conninfo + repr(server)
    log = (server.root / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert password not in log


def test_nobody_logs_in_without_the_password(server: RunningServer, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("*:*:*:keyroll:guessed\n")
    wrong.chmod(0o600)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.conninfo, passfile=str(wrong))


def test_postgres_variables_of_the_environment_do_not_divert_a_connection(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "of another server")
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    assert _one(server, "SELECT 1") == 1


def test_the_log_keeps_neither_statements_nor_values_of_a_failed_query(server: RunningServer) -> None:
    with (
        psycopg.connect(server.conninfo) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
    ):
        connection.execute("SELECT 'canary-in-a-literal'::int")
    with (
        psycopg.connect(server.conninfo) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
    ):
        connection.execute("SELECT %s::text::int", ["canary-in-a-value"])
    assert "canary" not in (server.root / "postgres.log").read_text()


def test_the_server_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYROLL_MASTER_KEYS", "canary")
    with start_for_tests(tmp_path / "data") as server:
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in server_processes(server.root)]
    assert all(b"canary" not in environment for environment in environments)
    assert any(b"TZ=UTC" in environment for environment in environments)


def test_a_commit_is_durable_unless_a_test_says_otherwise(server: RunningServer) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    assert [_one(server, f"SHOW {name}") for name in names] == ["off", "off", "off"]


def test_databases_come_and_go_on_one_server(server: RunningServer) -> None:
    count = "SELECT count(*) FROM pg_database WHERE datname = 'another one'"
    connection = psycopg.connect(create_database(server, "another one"), autocommit=True)
    assert _one(server, count) == 1
    drop_database(server, "another one")
    with connection, pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert _one(server, count) == 0


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    running = start_for_tests(tmp_path)
    running.close()
    running.close()
    assert not (tmp_path / "postgres.socket").is_symlink()


def test_a_data_folder_may_have_a_long_awkward_name_in_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    awkward = closed / ("it's \\ " + "long " * 40) / "data"
    with start_for_tests(awkward) as server:
        assert _one(server, "SELECT 1") == 1
        folder = server.socket_folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(awkward.stat().st_mode) == 0o700
    assert not folder.exists()
