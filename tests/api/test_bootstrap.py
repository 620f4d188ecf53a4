"""The first admin token: made when there is no admin, kept where it is valid, and nowhere else."""

from pathlib import Path

from api.commands.bootstrap import TOKEN_FILE, bootstrap_first_token, organization_of
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.tokens import issue_token
from domain.access import Role
from domain.secret import Secret


def _operator() -> Caller:
    return Caller(organization_of("default"), "command line", Role.ADMIN, "setup")


def test_the_first_start_makes_a_token_and_keeps_it_for_its_owner_alone(core: Core, tmp_path: Path) -> None:
    first = bootstrap_first_token(core, tmp_path, None)
    assert first is not None
    assert first.file is not None
    assert Secret(first.file.read_text().strip()) == first.token
    assert first.file.stat().st_mode & 0o777 == 0o600
    assert bootstrap_first_token(core, tmp_path, None) is None
    assert first.file.exists()


def test_a_token_that_is_no_admins_does_not_stand_in_the_way(core: Core, tmp_path: Path) -> None:
    issue_token(core, _operator(), name="reader", role=Role.VIEWER)
    assert bootstrap_first_token(core, tmp_path, None) is not None


def test_where_there_is_an_admin_no_token_and_no_file_is_left(core: Core, tmp_path: Path) -> None:
    issue_token(core, _operator(), name="root", role=Role.ADMIN)
    assert bootstrap_first_token(core, tmp_path, None) is None
    assert not (tmp_path / TOKEN_FILE).exists()


def test_another_host_that_comes_second_keeps_no_dead_token(core: Core, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert bootstrap_first_token(core, tmp_path / "a", None) is not None
    assert bootstrap_first_token(core, tmp_path / "b", None) is None
    assert not list((tmp_path / "b").iterdir())


def test_a_crash_between_the_file_and_the_log_loses_nothing(core: Core, tmp_path: Path) -> None:
    (tmp_path / TOKEN_FILE).write_text("keyroll_written-before-the-crash\n")
    first = bootstrap_first_token(core, tmp_path, None)
    assert first is not None
    assert first.token == Secret("keyroll_written-before-the-crash")


def test_a_token_that_the_operator_brings_is_installed_and_written_nowhere(
    core: Core, tmp_path: Path
) -> None:
    first = bootstrap_first_token(core, tmp_path, Secret("brought-by-the-operator"))
    assert first is not None
    assert first.file is None
    assert not list(tmp_path.iterdir())
