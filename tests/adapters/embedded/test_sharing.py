import signal
from pathlib import Path

import psycopg

from tests.support.embedded_postgres import Holder, server_processes, start_for_tests, wait_until


def _gone(folder: Path) -> bool:
    return not server_processes(folder)


def test_two_processes_that_start_at_once_on_an_empty_folder_share_one_server(tmp_path: Path) -> None:
    holders = [Holder(tmp_path), Holder(tmp_path)]
    assert len({holder.server_pid() for holder in holders}) == 1
    assert [holder.leave() for holder in holders] == [0, 0]
    wait_until(lambda: _gone(tmp_path))


def test_the_last_to_leave_stops_the_server_even_if_another_started_it(tmp_path: Path) -> None:
    first = Holder(tmp_path)
    pid = first.server_pid()
    second = Holder(tmp_path)
    assert second.server_pid() == pid
    assert first.leave() == 0
    assert pid in server_processes(tmp_path)
    assert second.leave() == 0
    wait_until(lambda: _gone(tmp_path))


def test_one_process_may_hold_the_server_twice(tmp_path: Path) -> None:
    first = start_for_tests(tmp_path)
    second = start_for_tests(tmp_path)
    first.close()
    with psycopg.connect(second.conninfo) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.close()
    wait_until(lambda: _gone(tmp_path))


def test_an_interrupt_at_one_terminal_leaves_the_server_to_the_others(tmp_path: Path) -> None:
    starter = Holder(tmp_path)
    pid = starter.server_pid()
    with start_for_tests(tmp_path) as other:
        assert starter.send(signal.SIGINT) != 0
        with psycopg.connect(other.conninfo) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert other.pid == pid
    wait_until(lambda: _gone(tmp_path))


def test_a_server_whose_owner_was_killed_is_adopted_and_then_stopped(tmp_path: Path) -> None:
    owner = Holder(tmp_path)
    pid = owner.server_pid()
    assert owner.send(signal.SIGKILL) == -signal.SIGKILL
    assert pid in server_processes(tmp_path)
    with start_for_tests(tmp_path) as heir:
        assert heir.pid == pid
    wait_until(lambda: _gone(tmp_path))
    with start_for_tests(tmp_path) as anew:
        assert anew.pid != pid
