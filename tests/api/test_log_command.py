"""`keyroll log` and `keyroll migrate`, run as people run them."""

import json
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from tests.support.cores import core_over, new_master_keys
from tests.support.embedded_postgres import start_for_tests
from tests.support.examples import NOON
from tests.support.service import as_service
from tests.support.tables import execute
from tests.support.tampering import hash_again
from tests.support.writes import meta, provider

MASTER_KEYS: Final = new_master_keys()


class Log:
    """A database with a log, and the command."""

    def __init__(self, conninfo: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.conninfo = conninfo
        self.file = folder / "checkpoint.json"
        monkeypatch.setenv("KEYROLL_DATABASE_URL", as_service(conninfo))
        monkeypatch.setenv("KEYROLL_MASTER_KEYS", MASTER_KEYS)
        monkeypatch.setenv("KEYROLL_DATA_DIR", str(folder))
        self.append("One", "Two", "Three")

    def append(self, *names: str) -> None:
        with core_over(self.conninfo) as core:
            core.store.append([provider(name) for name in names], meta(), NOON)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    def keep_checkpoint(self) -> str:
        """Save a checkpoint, and say whose it is."""
        printed = self.run("log", "checkpoint")
        assert printed.exit_code == 0
        self.file.write_text(printed.stdout)
        return self.run("log", "public-key").stdout.strip()

    def rewrite(self) -> None:
        """Change the first event and make all hashes fit, as who owns the database can."""
        execute(self.conninfo, "UPDATE stored_events SET actor = 'x' WHERE notification_id = 1")
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            hash_again(connection, 1, 1000)
            connection.execute(
                "UPDATE log_head SET hash = (SELECT hash FROM stored_events"
                " ORDER BY notification_id DESC LIMIT 1)"
            )


@pytest.fixture
def log(conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    for name in ("KEYROLL_ENV", "KEYROLL_MIGRATION_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Log(conninfo, tmp_path, monkeypatch)


def _json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_sound_log_is_called_so_with_its_end(log: Log) -> None:
    told = log.run("log", "verify")
    assert told.exit_code == 0
    assert told.stdout.startswith("3 events are sound, up to position 3 with the hash ")
    as_json = _json(log.run("log", "verify", "--json"))
    assert (as_json["sound"], as_json["events"], as_json["position"]) == (True, 3, 3)
    assert as_json["hash"] in told.stdout
    assert as_json["flaw"] is None


def test_a_broken_log_is_told_with_the_place_and_exits_with_1(log: Log) -> None:
    execute(log.conninfo, "UPDATE stored_events SET actor = 'x' WHERE notification_id = 2")
    told = log.run("log", "verify")
    assert told.exit_code == 1
    assert told.stdout.startswith("The log is broken at position 2: ")
    as_json = log.run("log", "verify", "--json")
    assert as_json.exit_code == 1
    assert (_json(as_json)["sound"], _json(as_json)["flaw"]["position"]) == (False, 2)


def test_verifying_needs_no_master_keys(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    public_key = log.keep_checkpoint()
    monkeypatch.delenv("KEYROLL_MASTER_KEYS")
    assert log.run("log", "verify").exit_code == 0
    pinned = ("--checkpoint", str(log.file), "--public-key", public_key)
    assert log.run("log", "verify", *pinned).exit_code == 0
    refused = log.run("log", "checkpoint")
    assert refused.exit_code == 1
    assert "KEYROLL_MASTER_KEYS" in refused.stderr


def test_a_log_that_went_on_extends_its_checkpoint(log: Log) -> None:
    log.keep_checkpoint()
    log.append("Four")
    told = log.run("log", "verify", "--checkpoint", str(log.file))
    assert told.exit_code == 0
    assert "The log extends the checkpoint at position 3 of 2" in told.stdout


def test_a_rewritten_log_does_not(log: Log) -> None:
    log.keep_checkpoint()
    log.rewrite()
    assert log.run("log", "verify").exit_code == 0
    told = log.run("log", "verify", "--checkpoint", str(log.file))
    assert told.exit_code == 1
    assert told.stdout.startswith("The log is broken at position 3: the hash is not that of the checkpoint")


def test_who_replaces_log_and_key_is_found_by_a_public_key_kept_elsewhere(log: Log) -> None:
    public_key = log.keep_checkpoint()
    log.rewrite()
    execute(log.conninfo, "DELETE FROM sealed_keys")
    assert log.run("log", "verify", "--checkpoint", str(log.file)).exit_code == 1
    forged_key = log.keep_checkpoint()
    assert forged_key != public_key
    assert log.run("log", "verify", "--checkpoint", str(log.file)).exit_code == 0
    told = log.run("log", "verify", "--checkpoint", str(log.file), "--public-key", public_key)
    assert told.exit_code == 1
    assert "one of the two was replaced" in told.stderr


@pytest.mark.parametrize(
    "words", [["--public-key", "ab" * 32], ["--public-key", "key"], ["--checkpoint", "no"]]
)
def test_wrong_usage_is_told(log: Log, words: list[str]) -> None:
    assert log.run("log", "verify", *words).exit_code == 2


def test_migrating_uses_a_role_of_its_own(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(log.conninfo, "UPDATE keyroll_schema SET functions = 'older'")
    monkeypatch.delenv("KEYROLL_MASTER_KEYS")
    refused = log.run("migrate")
    assert refused.exit_code == 1
    assert "run `keyroll migrate` with the role that owns the tables" in refused.stderr
    monkeypatch.setenv("KEYROLL_MIGRATION_DATABASE_URL", log.conninfo)
    done = log.run("migrate")
    assert done.exit_code == 0
    assert "The role keyroll_service may insert and read events" in done.stdout
    missing = log.run("migrate", "--service-role", "nobody_knows")
    assert missing.exit_code == 1
    assert "There is no role nobody_knows" in missing.stderr


def test_keyrolls_own_database_is_migrated_by_its_start_also_an_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYROLL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("KEYROLL_DATABASE_URL", raising=False)
    with start_for_tests(tmp_path) as server:
        done = CliRunner().invoke(main, ["migrate"])
        assert (done.exit_code, "has this version's shape" in done.stdout) == (0, True)
        assert CliRunner().invoke(main, ["migrate", "--service-role", "x"]).exit_code == 2
        # A folder of a Keyroll that knew of no service's role.
        execute(server.conninfo, "DROP OWNED BY keyroll_service CASCADE")
        execute(server.conninfo, "DROP SCHEMA public CASCADE")
        execute(server.conninfo, "CREATE SCHEMA public")
        execute(server.conninfo, "DROP ROLE keyroll_service")
    (tmp_path / "postgres.service-password").unlink()
    with start_for_tests(tmp_path):
        verified = CliRunner().invoke(main, ["log", "verify"])
        assert verified.stdout.startswith("0 events are sound, up to position 0 with the hash 00")
