"""`keyroll projections`: read models listed, rebuilt and checked from the command line."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild, RebuildFailed
from api.cli.main import main
from api.commands.projections import NAMES
from projections.all import READ_MODELS
from projections.models import MODELS
from projections.providers import PROVIDERS
from tests.support.cores import core_over, new_master_keys
from tests.support.examples import NOON
from tests.support.tables import execute
from tests.support.writes import discovered, meta, provider


@pytest.fixture
def filled(conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with some models, which the environment names."""
    created = provider("One")
    with core_over(conninfo) as core:
        core.store.append([created, *discovered(created.stream.id, 3)], meta(), NOON)
    monkeypatch.setenv("KEYROLL_DATABASE_URL", conninfo)
    monkeypatch.setenv("KEYROLL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KEYROLL_MASTER_KEYS", new_master_keys())
    return conninfo


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, ["projections", *words])


def _lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("filled")
def test_the_list_tells_versions_and_last_rebuilds() -> None:
    listed = _run("list")
    assert listed.exit_code == 0, listed.output
    assert listed.stdout.splitlines() == [
        f"{model.table}  version {model.version}  never rebuilt" for model in READ_MODELS
    ]
    assert _run("rebuild", "llm_models").exit_code == 0
    assert "llm_models  version 1  last rebuild: done, 3 events" in _run("list").stdout
    by_name = {line["name"]: line for line in _lines(_run("list", "--json"))}
    assert by_name["llm_models"]["built_at"] is not None
    assert by_name["tokens"]["rebuild"] is None


@pytest.mark.usefixtures("filled")
def test_a_rebuild_tells_each_phase() -> None:
    rebuilt = _run("rebuild", "llm_models")
    assert rebuilt.exit_code == 0
    lines = rebuilt.stdout.splitlines()
    assert lines[0] == "llm_models: folding, 0 of 3 events, 0 %"
    assert [line.split(":")[1].split(",")[0].strip() for line in lines] == [
        "folding",
        "indexing",
        "catching up",
        "swapping",
        "done",
    ]
    assert lines[1].startswith("llm_models: indexing, 3 of 3 events, 100 %, ")
    assert lines[1].endswith(" a second, 0 s left")


@pytest.mark.usefixtures("filled")
def test_without_a_name_all_are_rebuilt_and_json_comes_by_lines() -> None:
    rebuilt = _run("rebuild", "--json")
    assert rebuilt.exit_code == 0
    ended = [line["name"] for line in _lines(rebuilt) if line["status"] == "done"]
    assert ended == list(NAMES)


def test_one_that_is_under_way_is_told_and_refused(filled: str) -> None:
    with closing(Rebuild(connection_settings(filled), MODELS)) as elsewhere:
        elsewhere.begin()
        refused = _run("rebuild", "llm_models")
        assert "last rebuild: starting, 0 of 0 events, 0 %" in _run("list").stdout
    assert refused.exit_code == 1
    assert "keyroll: llm_models is being rebuilt already" in refused.stderr
    assert "last rebuild: died, 0 events. Its process has gone." in _run("list").stdout


@pytest.mark.usefixtures("filled")
def test_one_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RebuildFailed("It was stopped.")

    monkeypatch.setattr(Rebuild, "_build", fail)
    failed = _run("rebuild", "tokens")
    assert failed.exit_code == 1
    assert "keyroll: tokens was not rebuilt: It was stopped." in failed.stderr


@pytest.mark.usefixtures("filled")
def test_on_a_terminal_one_line_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli.projections._on_terminal", lambda _stream: True)
    shown = _run("rebuild", "llm_models").stdout
    assert shown.count("\n") == 1
    assert shown.split("\r")[-1] == "llm_models: done, 3 events\n"
    assert _run("verify", "llm_models").stdout == "llm_models: 3 rows are what 3 events say\n"


def test_a_check_that_finds_nothing_ends_with_0_and_one_that_finds_something_with_1(filled: str) -> None:
    sound = _run("verify")
    assert sound.exit_code == 0
    assert "llm_models: 3 rows are what 3 events say" in sound.stdout
    execute(filled, "UPDATE llm_models SET status = 'disabled' WHERE model_id = 'm1'")
    found = _run("verify")
    assert found.exit_code == 1
    assert "status is 'disabled', and the log says 'active'" in found.stdout
    assert "tokens: 0 rows are what 0 events say" in found.stdout
    (told,) = _lines(_run("verify", "--json", MODELS.table))
    assert (told["identical"], told["name"]) == (False, "llm_models")
    assert _run("verify", PROVIDERS.table).exit_code == 0


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("deed", ["rebuild", "verify"])
def test_a_name_that_there_is_not_is_told_with_those_there_are(deed: str) -> None:
    refused = _run(deed, "stored_events")
    assert refused.exit_code == 1
    assert "There is no read model of this name. These are: llm_providers, llm_models" in refused.stderr
