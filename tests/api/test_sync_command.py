"""``keyroll sync``: the same syncs as the API's, for operators and for scripts."""

import asyncio
import json
import os
import pty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from adapters.postgres.leases import Leases
from api.cli import sync_report
from api.cli.main import main
from api.commands.bootstrap import organization_of
from api.commands.caller import Caller
from api.commands.organization_deletion import delete_organization
from api.commands.providers import create_provider
from api.commands.sync_runs import start_run
from api.compose import Opened, opened
from api.settings import settings_from
from domain.access import Role
from domain.provider_type import ProviderType
from projections.providers import ProviderRow
from tests.support.cores import new_master_keys
from tests.support.keyroll_command import keyroll
from tests.support.scripted_server import VendorServer
from tests.support.steps import KEY, Json

EIGHT_NEW: Final = "8 created, 0 changed, 0 stale"


class Installation:
    """A database with providers, and the command over it."""

    def __init__(self, database: Opened, folder: Path, settings: Mapping[str, str]) -> None:
        self.core, self.folder, self.settings = database.core, folder, settings

    def add(
        self, name: str, api_key: str | None = KEY, *, organization: str = "default", **fields: Any
    ) -> ProviderRow:
        """A provider of type openai."""
        caller = Caller(organization_of(organization), "setup", Role.ADMIN, "setup")
        kind = ProviderType.OPENAI
        return create_provider(
            self.core, caller, name=name, provider_type=kind, api_key=api_key, **fields
        ).row

    def sync(self, *words: str) -> Result:
        """The command, run to its end."""
        return CliRunner().invoke(main, ["sync", *words], prog_name="keyroll", env=self.settings)

    def json(self, *words: str) -> tuple[int, dict[str, Json]]:
        """Its exit code, and its lines by the provider's name."""
        told = self.sync(*words, "--json")
        lines = [json.loads(line) for line in told.stdout.splitlines()]
        return told.exit_code, {line["provider_name"]: line for line in lines}


@pytest.fixture
def installation(conninfo: str, tmp_path: Path, openai: VendorServer) -> Iterator[Installation]:
    settings = {
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_DATA_DIR": str(tmp_path),
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_ENV": "development",
        "KEYROLL_OPENAI_BASE_URL": openai.base_url,
    }
    with opened(settings_from(settings)) as database:
        yield Installation(database, tmp_path, settings)


def test_all_are_those_that_can_be_synced_each_with_a_line_and_a_sum_at_the_end(
    installation: Installation,
) -> None:
    for name in ("One", "Two"):
        installation.add(name)
    installation.add("No key", None)
    installation.add("Ours", base_url="https://llm.example.com/v1")
    installation.add("Theirs", organization="elsewhere")
    told = installation.sync("--all")
    *lines, total = told.stdout.splitlines()
    assert sorted(lines) == [f"One: {EIGHT_NEW}", f"Two: {EIGHT_NEW}"]
    assert total == "2 synced, 0 failed"
    assert told.exit_code == 0


def test_scripts_get_a_line_of_json_for_each_with_the_fields_of_the_api_and_1_if_one_fails(
    installation: Installation,
) -> None:
    good, bad = installation.add("Good"), installation.add("Bad", "sk-wrong-1234")
    code, lines = installation.json("--all")
    assert code == 1
    assert set(lines) == {"Good", "Bad"}
    assert (lines["Good"]["provider_id"], lines["Bad"]["provider_id"]) == (str(good.id), str(bad.id))
    assert (lines["Good"]["status"], lines["Good"]["created"], lines["Good"]["code"]) == ("success", 8, None)
    assert (lines["Bad"]["status"], lines["Bad"]["created"], lines["Bad"]["code"]) == (
        "failed",
        0,
        "key_rejected",
    )
    assert lines["Good"]["sync_id"]
    assert lines["Good"]["position"]
    assert KEY not in json.dumps(lines)


def test_providers_are_named_by_their_names_in_any_case_or_their_ids_and_each_counts_once(
    installation: Installation,
) -> None:
    one, _, _ = (installation.add(name) for name in ("One", "Two", "Three"))
    code, lines = installation.json("TWO", str(one.id).upper(), "two", "One")
    assert code == 0
    assert set(lines) == {"One", "Two"}


def test_a_failure_is_told_with_its_reason(installation: Installation) -> None:
    installation.add("Bad", "sk-wrong-1234")
    installation.add("Ours", base_url="https://llm.example.com/v1")
    told = installation.sync("bad", "ours")
    bad, ours, total = sorted(told.stdout.splitlines(), key=lambda line: "BO0".index(line[0]))
    assert bad.startswith("Bad: failed (key_rejected): ")
    assert ours.startswith("Ours: not supported (no_discovery): ")
    assert total == "0 synced, 2 failed"
    assert told.exit_code == 1


def test_a_name_that_nobody_bears_is_told_before_anything_is_synced(
    installation: Installation, openai: VendorServer
) -> None:
    installation.add("One")
    for unknown in ("Onne", str(uuid4())):
        told = installation.sync("One", unknown)
        assert (told.exit_code, told.stdout) == (1, "")
        assert told.stderr == f"Error: There is no provider '{unknown}' in this organization.\n"
    assert openai.requests == []


def test_another_organizations_providers_are_asked_for_by_its_name(installation: Installation) -> None:
    installation.add("Theirs", organization="elsewhere")
    code, lines = installation.json("--all", "--organization", "elsewhere")
    assert (code, set(lines)) == (0, {"Theirs"})
    assert installation.json("--all") == (0, {})


@pytest.mark.parametrize("words", [["--all"], ["One"], ["--all", "--json"]], ids=str)
def test_an_organization_that_is_not_there_is_told(installation: Installation, words: list[str]) -> None:
    installation.add("One")
    told = installation.sync(*words, "--organization", "nix")
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr == (
        "keyroll: There is no organization named 'nix': `keyroll org list` shows those there are.\n"
    )


def test_a_deleted_organization_is_told(installation: Installation) -> None:
    installation.add("Theirs", organization="elsewhere")
    delete_organization(installation.core, "elsewhere")
    told = installation.sync("--all", "--organization", "elsewhere")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "This organization was deleted." in told.stderr


@pytest.mark.parametrize("words", [[], ["--json"]], ids=str)
def test_neither_names_nor_all_is_wrong_usage(installation: Installation, words: list[str]) -> None:
    told = installation.sync(*words)
    assert told.exit_code == 2
    assert "Name the providers, or say --all." in told.stderr


def test_names_and_all_together_are_wrong_usage(installation: Installation) -> None:
    told = installation.sync("--all", "One")
    assert told.exit_code == 2
    assert "leave it out to sync only those you name" in told.stderr


def test_a_rehearsal_names_the_models_up_to_a_number(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.add("One")
    whole = installation.sync("One", "--dry-run").stdout.splitlines()
    assert whole[0] == f"One: {EIGHT_NEW}"
    assert len([line for line in whole if line.startswith("  added ")]) == 8
    monkeypatch.setattr(sync_report, "MOST_MODELS", 3)
    short = installation.sync("One", "--dry-run").stdout.splitlines()
    assert len([line for line in short if line.startswith("  added ")]) == 3
    assert short[-2:] == ["  and 5 more: --json tells all", "1 synced, 0 failed"]


def test_a_rehearsal_counts_and_changes_nothing_and_force_believes_an_empty_listing(
    installation: Installation, openai: VendorServer
) -> None:
    installation.add("One")
    _, rehearsed = installation.json("One", "--dry-run")
    assert (rehearsed["One"]["created"], rehearsed["One"]["sync_id"]) == (8, None)
    _, done = installation.json("One")
    assert done["One"]["created"] == 8
    openai.models = []
    code, refused = installation.json("One")
    assert (code, refused["One"]["code"]) == (1, "empty")
    code, forced = installation.json("One", "--force")
    assert (code, forced["One"]["stale"]) == (0, 8)


def test_a_provider_that_another_syncs_at_the_moment_fails_and_the_others_do_not(
    installation: Installation, conninfo: str
) -> None:
    running, held, free = (installation.add(name) for name in ("Running", "Held", "Free"))
    caller = Caller(running.organization, "another", Role.ADMIN, "request-1")

    async def sync() -> tuple[int, dict[str, Json]]:
        leases = Leases(conninfo)
        async with leases.lease(running.id), leases.lease(held.id):
            start_run(installation.core, caller, running.id, "manual")
            return await asyncio.to_thread(installation.json, "--all")

    code, lines = asyncio.run(sync())
    assert code == 1
    assert {name: (line["status"], line["code"]) for name, line in lines.items()} == {
        "Running": ("failed", "sync_running"),
        "Held": ("failed", "busy"),
        free.name: ("success", None),
    }


@contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def test_on_a_terminal_a_bar_shows_how_far_it_has_come(installation: Installation) -> None:
    for name in ("One", "Two"):
        installation.add(name)
    with _terminal() as (ours, theirs):
        told = keyroll(
            "sync", "--all", folder=installation.folder, settings=installation.settings, stderr=theirs
        )
        os.close(theirs)
        shown = os.read(ours, 65_536).decode()
    assert told.returncode == 0
    for place in ("0/2", "1/2", "2/2"):
        assert place in shown
    assert "Syncing" in shown
