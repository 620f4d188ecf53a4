"""The command `keyroll`: each command does its work or says in one line why not."""

import re
import socket
import stat
from collections.abc import Iterator
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import pytest

from api.cli.main import main
from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import server_processes
from tests.support.keyroll_command import keyroll
from tests.support.keyroll_process import KeyrollProcess, data_folder_in
from tests.support.steps import KEY, add_provider, items

_TOKEN: Final = re.compile(r"keyroll_[\w-]{43}")
_OWN_TOKEN: Final = {"KEYROLL_BOOTSTRAP_TOKEN": ""}
"""An empty variable counts as absent: Keyroll makes the first token itself."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder that is left without a process."""
    with data_folder_in(tmp_path) as made:
        yield made


def test_the_command_is_installed_under_its_name() -> None:
    (script,) = entry_points(group="console_scripts", name="keyroll")
    assert script.load() is main


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["serve", "--help"], ["token", "create", "--help"]], ids=str
)
def test_each_command_explains_itself(tmp_path: Path, words: list[str]) -> None:
    told = keyroll(*words, folder=tmp_path)
    assert told.returncode == 0
    assert told.stdout.startswith("Usage: keyroll")
    assert told.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_it_tells_its_version(tmp_path: Path) -> None:
    assert re.search(r"\d+\.\d+\.\d+", keyroll("--version", folder=tmp_path).stdout)


@pytest.mark.parametrize(
    "words",
    [
        ["serv"],
        ["serve", "--port", "70000"],
        ["token", "create", "ci"],
        ["token", "create", "ci", "--role", "x"],
    ],
    ids=str,
)
def test_wrong_usage_is_told_and_exits_with_2(tmp_path: Path, words: list[str]) -> None:
    told = keyroll(*words, folder=tmp_path)
    assert told.returncode == 2
    assert told.stderr.startswith("Usage: keyroll")
    assert list(tmp_path.iterdir()) == []


def test_the_first_token_is_shown_once_and_kept_for_its_owner_alone(folder: Path) -> None:
    with KeyrollProcess(folder, _OWN_TOKEN) as first:
        (shown,) = _TOKEN.findall(first.log.read_text())
        kept = folder / "admin-token"
        assert kept.read_text().strip() == shown
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert str(kept) in first.log.read_text()
        with first.client(shown) as admin:
            provider = add_provider(admin)
        assert server_processes(folder) != []
        assert first.stop() == 0
    assert server_processes(folder) == []
    with KeyrollProcess(folder, _OWN_TOKEN) as second:
        assert _TOKEN.findall(second.log.read_text()) == [shown]  # the first start's line, in the same file
        with second.client(shown) as admin:
            assert provider["id"] in [one["id"] for one in items(admin, "/v1/llm-providers")]
            assert "server" not in admin.get("/health").headers
        assert second.stop() == 0
    assert server_processes(folder) == []


def test_a_token_is_created_beside_a_serving_process_and_printed_alone(folder: Path) -> None:
    production = {
        "KEYROLL_ENV": "production",
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "DEFAULT_OPENAI_API_KEY": KEY,
        "DEFAULT_GEMINI_API_KEY": KEY,
    }
    run = partial(keyroll, folder=folder, settings=production)
    with KeyrollProcess(folder, production) as serving:
        told = [line for line in serving.log.read_text().splitlines() if "Ignored in production" in line]
        assert [line.partition("Ignored in production: ")[2].partition(".")[0] for line in told] == [
            "DEFAULT_OPENAI_API_KEY, DEFAULT_GEMINI_API_KEY"
        ]
        created = run("token", "create", "ci", "--role", "viewer")
        assert created.returncode == 0
        assert _TOKEN.fullmatch(created.stdout.strip())
        with serving.client(created.stdout.strip()) as viewer:
            assert viewer.get("/v1/llm-providers").status_code == 200
            assert viewer.post("/v1/tokens", json={"name": "x", "role": "admin"}).status_code == 403
        foreign = run("token", "create", "ops", "--role", "admin", "--organization", "elsewhere")
        ours = add_provider(serving.http)["id"]
        with serving.client(foreign.stdout.strip()) as stranger:
            assert ours not in [one["id"] for one in items(stranger, "/v1/llm-providers")]
            assert stranger.get(f"/v1/llm-providers/{ours}").status_code == 404

        again = run("token", "create", "CI", "--role", "viewer")
        assert (again.returncode, again.stdout) == (1, "")
        where, why = again.stderr.splitlines()
        assert where == f"keyroll: in the data folder {folder}"
        assert why.startswith("keyroll: There is a token named 'CI' already.")
        trail = items(serving.http, "/v1/audit-events", action="access.token_issued")
        assert next(trail)["actor"] == "command line"


def test_a_port_in_use_is_told_in_one_line_and_nothing_is_started(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = keyroll("serve", "--port", str(port), folder=folder)
    assert told.returncode == 1
    line = _one_line(told.stderr)
    assert f"cannot listen on 127.0.0.1 port {port}" in line
    assert "--port" in line
    assert not (folder / "postgres").exists()


def test_a_bad_setting_is_told_in_one_line_without_its_value(tmp_path: Path) -> None:
    canary = "canary-6b1f0e2c9d"
    for words in (("serve",), ("token", "create", "ci", "--role", "viewer")):
        told = keyroll(*words, folder=tmp_path / "data", settings={"KEYROLL_ENV": canary})
        assert told.returncode == 1
        assert _one_line(told.stderr) == "keyroll: KEYROLL_ENV must be development or production"
        assert canary not in told.stdout
    assert not (tmp_path / "data").exists()


def test_a_database_that_does_not_answer_is_told_in_one_line_without_its_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = {
        "KEYROLL_DATABASE_URL": f"postgresql://keyroll:pass-6b1f0e2c9d@127.0.0.1:{port}/keyroll",
        "KEYROLL_MASTER_KEYS": "m1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    }
    told = keyroll("token", "create", "ci", "--role", "viewer", folder=tmp_path, settings=settings)
    assert told.returncode == 1
    assert _one_line(told.stderr).startswith("keyroll: ")
    assert "pass-6b1f0e2c9d" not in told.stdout + told.stderr


def _one_line(text: str) -> str:
    (line,) = text.splitlines()
    return line
