"""The serving process: how it ends while it begins, and whose word it takes for an address."""

import signal
import time
from pathlib import Path

import pytest

from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import server_processes, wait_until
from tests.support.keyroll_process import KeyrollProcess, data_folder_in, starting
from tests.support.service import as_service


@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.3])
def test_a_stop_while_it_starts_is_obeyed_and_leaves_no_process(tmp_path: Path, seconds: float) -> None:
    with data_folder_in(tmp_path) as folder:
        process = starting(folder)
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        wait_until(lambda: not server_processes(folder))


def test_a_clients_word_for_its_own_address_does_not_reach_the_audit_trail(tmp_path: Path) -> None:
    with data_folder_in(tmp_path) as folder, KeyrollProcess(folder) as keyroll:
        keyroll.http.post(
            "/v1/tokens",
            json={"name": "ci", "role": "viewer"},
            headers={"X-Forwarded-For": "8.8.8.8", "Forwarded": "for=8.8.8.8"},
        ).raise_for_status()
        (event,) = keyroll.http.get("/v1/audit-events", params={"actor": "admin"}).json()["data"]
    assert event["address"] == "127.0.0.1"


def test_a_data_folder_that_cannot_be_one_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = starting(tmp_path / "file" / "folder")
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert printed.strip().startswith("keyroll: KEYROLL_DATA_DIR names the folder")
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize("environment", ["production", "development"])
def test_a_service_that_could_rewrite_the_log_is_warned_of_in_production(
    conninfo: str, tmp_path: Path, environment: str
) -> None:
    settings = {"KEYROLL_ENV": environment, "KEYROLL_MASTER_KEYS": new_master_keys()}
    for url, warned in ((conninfo, environment == "production"), (as_service(conninfo), False)):
        with KeyrollProcess(tmp_path / str(warned), {**settings, "KEYROLL_DATABASE_URL": url}) as serving:
            assert ("could rewrite the log" in serving.log.read_text()) is warned
        serving.log.unlink()
