"""`keyroll org`, and how a token brings an organization along."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.main import main
from api.commands.bootstrap import organization_of
from api.commands.core import Core
from api.commands.organizations import create_organization, issue_token_of, name_organization, operator_of
from api.commands.tokens import issue_token
from domain.access import Role, TokenIssued
from domain.errors import OrganizationExists
from domain.organization import OrganizationCreated
from tests.support.cores import new_master_keys
from tests.support.log_checks import whole_log
from tests.support.service import as_service

Run = Callable[..., Result]


@pytest.fixture
def run(conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command over the test's database."""
    monkeypatch.setenv("KEYROLL_DATABASE_URL", as_service(conninfo))
    monkeypatch.setenv("KEYROLL_MASTER_KEYS", new_master_keys())
    monkeypatch.setenv("KEYROLL_DATA_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(main, list(words))


def _listed(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("org", "list", "--json").stdout.splitlines()]


def test_a_new_organization_has_a_token_that_is_shown_once_and_a_roll(run: Run) -> None:
    created = run("org", "create", "acme")
    assert created.exit_code == 0
    assert str(organization_of("acme")) in created.stdout
    assert created.stdout.count("keyroll_") == 1
    (acme,) = _listed(run)
    assert (acme["name"], acme["id"], acme["deleted_at"]) == ("acme", str(organization_of("acme")), None)
    assert (acme["providers"], acme["tokens"]) == (3, 1)
    assert acme["models"] > 3
    again = run("org", "create", "acme")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "an organization named 'acme' already" in again.stderr


def test_json_has_instants_as_the_api_has_them_and_letters_as_they_are(run: Run) -> None:
    run("org", "create", "Zoë")
    told = run("org", "list", "--json").stdout
    assert '"name":"Zoë"' in told
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", json.loads(told)["created_at"])


def test_what_was_created_is_told_as_json_too(run: Run) -> None:
    told = json.loads(run("org", "create", "acme", "--json").stdout)
    assert (told["name"], told["id"]) == ("acme", str(organization_of("acme")))
    assert told["token"].startswith("keyroll_")


@pytest.mark.parametrize("name", ["", " acme", "zoe\u0308", "keyroll_0123456789012345678901234"])
def test_a_name_that_breaks_the_rule_makes_no_organization(run: Run, name: str) -> None:
    for words in (("org", "create", name), ("token", "create", "ci", "--role=admin", "--organization", name)):
        refused = run(*words)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr.startswith("keyroll: name ")
    assert _listed(run) == []


def test_a_token_brings_its_organization_along_once(run: Run) -> None:
    for name, told in (("one", "keyroll: the organization 'acme' is new. "), ("two", "")):
        issued = run("token", "create", name, "--role", "viewer", "--organization", "acme")
        assert issued.stdout.startswith("keyroll_")
        assert issued.stderr.startswith(told)
        assert bool(issued.stderr) == bool(told)
    assert [(one["name"], one["tokens"], one["providers"]) for one in _listed(run)] == [("acme", 2, 3)]
    assert run("org", "create", "acme").exit_code == 1


def test_a_deleted_organization_is_listed_as_such_and_its_name_is_not_given_again(run: Run) -> None:
    run("org", "create", "acme")
    run("org", "create", "zebra")
    deleted = run("org", "delete", "acme", "--yes")
    assert deleted.exit_code == 0
    assert "acme is deleted, and with it 3 providers," in deleted.stdout
    acme, zebra = _listed(run)
    assert acme["deleted_at"] is not None
    assert (acme["providers"], acme["models"], acme["tokens"]) == (0, 0, 0)
    assert (zebra["name"], zebra["deleted_at"], zebra["tokens"]) == ("zebra", None, 1)
    first, second = run("org", "list").stdout.splitlines()
    assert ", deleted 2" in first
    assert second.endswith(", tokens: 1")
    for words in (
        ("org", "create", "acme"),
        ("org", "delete", "acme", "--yes"),
        ("token", "create", "ci", "--role", "admin", "--organization", "acme"),
    ):
        refused = run(*words)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "This organization was deleted" in refused.stderr


def test_without_a_terminal_a_deletion_must_be_confirmed_beforehand(run: Run) -> None:
    run("org", "create", "acme")
    refused = run("org", "delete", "acme")
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    assert _listed(run)[0]["deleted_at"] is None


@pytest.mark.parametrize(("typed", "gone"), [("acme", True), ("acne", False)])
def test_on_a_terminal_the_name_must_be_typed(run: Run, typed: str, gone: bool) -> None:
    run("org", "create", "acme")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{typed}\n".encode())
        code = "from api.cli.main import main; main(prog_name='keyroll')"
        ended = subprocess.run(
            [sys.executable, "-c", code, "org", "delete", "acme"],
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert ended.returncode == (0 if gone else 1)
    assert "Type the name acme once more" in ended.stderr
    assert ("Nothing was deleted" in ended.stderr) is not gone
    assert (_listed(run)[0]["deleted_at"] is not None) is gone


def test_an_organization_of_an_earlier_version_is_listed_without_a_name_until_it_is_named(
    run: Run, core: Core
) -> None:
    issue_token(core, operator_of("old"), name="ci", role=Role.ADMIN)
    (old,) = _listed(run)
    assert (old["name"], old["id"], old["tokens"]) == (None, str(organization_of("old")), 1)
    assert run("org", "list").stdout.startswith("(name unknown)  ")
    with pytest.raises(OrganizationExists):
        create_organization(core, "old", lambda *_: [])
    issue_token_of(core, "old", name="cd", role=Role.ADMIN)
    (named,) = _listed(run)
    assert named == {**old, "name": "old", "tokens": 2}


def test_of_processes_that_name_an_organization_at_once_one_does(core: Core) -> None:
    with ThreadPoolExecutor(8) as threads:
        for one in [threads.submit(name_organization, core, "default") for _ in range(8)]:
            one.result()
    assert [type(one.event) for one in whole_log(core)] == [OrganizationCreated]


def test_of_commands_that_create_an_organization_at_once_one_does(core: Core) -> None:
    with ThreadPoolExecutor(8) as threads:
        tried = [threads.submit(create_organization, core, "acme", lambda *_: []) for _ in range(8)]
        failed = [one.exception() for one in tried if one.exception() is not None]
    assert list(map(type, failed)) == [OrganizationExists] * 7
    told = [type(one.event) for one in whole_log(core)]
    assert (told.count(OrganizationCreated), told.count(TokenIssued)) == (1, 1)
