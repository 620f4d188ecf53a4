import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded import socket_folder
from adapters.embedded.account import Account
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.socket_folder import answers, prepare_socket_folder, remove_socket_folder

_MYSELF = Account(os.geteuid(), os.getegid(), is_this_process=True)


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "postgres.socket"
    yield path
    remove_socket_folder(path)


def test_the_folder_stays_and_loses_what_a_crash_left_in_it(link: Path) -> None:
    folder = prepare_socket_folder(link, _MYSELF)
    (folder / ".s.PGSQL.5432.lock").write_text("1\n")
    assert prepare_socket_folder(link, _MYSELF) == folder
    assert list(folder.iterdir()) == []


def test_a_folder_that_others_could_have_made_is_not_trusted(link: Path) -> None:
    folder = prepare_socket_folder(link, _MYSELF)
    folder.chmod(0o755)
    try:
        assert prepare_socket_folder(link, _MYSELF) != folder
    finally:
        folder.rmdir()


def test_a_folder_that_vanished_is_replaced(link: Path) -> None:
    shutil.rmtree(prepare_socket_folder(link, _MYSELF))
    assert prepare_socket_folder(link, _MYSELF).is_dir()


def test_a_system_without_room_for_the_folder_is_told_so(
    link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_folder, "_PARENT", tmp_path / "absent")
    with pytest.raises(EmbeddedPostgresError, match="Make it writable"):
        prepare_socket_folder(link, _MYSELF)


def test_a_socket_where_nobody_answers_is_no_server(link: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_folder, "_ANSWER_WITHIN_SECONDS", 0.01)
    folder = prepare_socket_folder(link, _MYSELF)
    assert not answers(folder)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(folder / ".s.PGSQL.5432"))
        mute.listen()
        assert not answers(folder)
