import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded import shared_copy as copying
from adapters.embedded.account import Account
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.installation import Installation, installed
from adapters.embedded.programs import Programs, _can_start, programs_for
from adapters.embedded.shared_copy import shared_copy

_NOBODY = Account(65534, 65534, is_this_process=False)
_MYSELF = Account(os.geteuid(), os.getegid(), is_this_process=True)


@pytest.fixture
def life() -> Iterator[int]:
    descriptor = os.open("/dev/null", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A shelf that all users can reach, unlike pytest's folders."""
    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        Path(path).chmod(0o755)
        yield Path(path) / "shelf"


@pytest.fixture
def small(tmp_path: Path) -> Installation:
    """Something with the layout of an installation, in a folder closed to others."""
    installation = Installation(tmp_path / "site")
    for part in installation.needed:
        file = installation.site / part if part.parent.name == "bin" else installation.site / part / "file"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(part.name)
        file.chmod(0o600)
    return installation


def _version(programs: Programs) -> None:
    with Path("/dev/null").open("rb") as nothing:
        programs.run(programs.installation.postgres, "--version", inside=Path("/"), stdin=nothing)


def test_programs_that_the_servers_user_cannot_reach_are_copied_to_where_it_can(
    tmp_path: Path, shelf: Path, life: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Installation(tmp_path / "closed")
    for part in installed().needed:
        source, target = installed().site / part, closed.site / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    closed.site.chmod(0o700)
    monkeypatch.setattr("adapters.embedded.programs.SHELF", shelf)
    programs = programs_for(_NOBODY, closed, life)
    assert programs.installation.site.parent == shelf
    assert stat.S_IMODE(closed.site.stat().st_mode) == 0o700
    _version(Programs(programs.installation, _NOBODY if os.geteuid() == 0 else _MYSELF, life))


def test_programs_that_the_servers_user_can_reach_are_used_where_they_are(
    life: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.embedded.programs._can_start", lambda _: True)
    assert programs_for(_NOBODY, installed(), life).installation == installed()
    assert programs_for(_MYSELF, installed(), life).installation == installed()


def test_a_program_that_answers_can_be_started(life: int, tmp_path: Path) -> None:
    assert _can_start(Programs(installed(), _MYSELF, life))
    assert not _can_start(Programs(Installation(tmp_path), _MYSELF, life))


def test_root_is_served_on_linux_only(life: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(EmbeddedPostgresError, match="on Linux only"):
        programs_for(_NOBODY, installed(), life)


def test_a_program_that_fails_is_reported_with_what_it_said(life: int) -> None:
    programs = Programs(installed(), _MYSELF, life)
    with (
        Path("/dev/null").open("rb") as nothing,
        pytest.raises(EmbeddedPostgresError, match=r"initdb ended with status 1[\s\S]*no-such-option"),
    ):
        programs.run(installed().initdb, "--no-such-option", inside=Path("/"), stdin=nothing)


def test_a_copy_is_made_once_and_open_to_all_readers_and_no_other_writer(
    shelf: Path, small: Installation
) -> None:
    copy = shared_copy(small, shelf)
    mode_of = {path.name: stat.S_IMODE(path.stat().st_mode) for path in copy.site.rglob("*")}
    assert mode_of["initdb"] == mode_of["postgres"] == mode_of["lib"] == 0o755
    assert mode_of["file"] == 0o644
    small.postgres.unlink()
    assert shared_copy(small, shelf) == copy
    assert [path.name for path in shelf.iterdir()] == [copy.site.name]


def test_a_shelf_that_others_may_write_is_refused(shelf: Path, small: Installation) -> None:
    shelf.mkdir()
    shelf.chmod(0o777)
    with pytest.raises(EmbeddedPostgresError, match="only the user id"):
        shared_copy(small, shelf)
    shelf.chmod(0o755)
    assert shared_copy(small, shelf).postgres.exists()


def test_a_shelf_that_is_a_link_is_refused(shelf: Path, small: Installation, tmp_path: Path) -> None:
    shelf.symlink_to(tmp_path)
    with pytest.raises(EmbeddedPostgresError, match="only the user id"):
        shared_copy(small, shelf)


def test_a_copy_that_cannot_be_made_is_explained_and_leaves_nothing(shelf: Path, small: Installation) -> None:
    small.postgres.unlink()
    with pytest.raises(EmbeddedPostgresError, match="no copy can be made"):
        shared_copy(small, shelf)
    assert list(shelf.iterdir()) == []


def test_of_two_copies_made_at_once_the_first_stays(
    shelf: Path, small: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = copying._make

    def make_after_another(original: Installation, target: Path) -> None:
        make(original, target)
        (target / "first").touch()
        make(original, target)

    monkeypatch.setattr(copying, "_make", make_after_another)
    copy = shared_copy(small, shelf)
    assert (copy.site / "first").exists()
    assert [path.name for path in shelf.iterdir()] == [copy.site.name]
