import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from adapters.vault.errors import MasterKeysUnusable
from adapters.vault.master_key_file import read_or_create_master_key_file
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

_ROOT = Path(__file__).parents[3]
_RACER = """
import sys
from pathlib import Path
from adapters.vault.master_key_file import read_or_create_master_key_file
print("ready", flush=True)
for line in sys.stdin:
    print(read_or_create_master_key_file(Path(line.rstrip("\\n"))).first_id, flush=True)
"""

SealSomewhere = Callable[[Vault, Secret], SealedKey]


@contextmanager
def _racer() -> Iterator[subprocess.Popen[str]]:
    """A process that opens each master key file it is told of, and says which key it got."""
    with subprocess.Popen(
        [sys.executable, "-c", _RACER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "master.key"


def test_the_first_call_makes_a_key_and_later_calls_read_it(
    path: Path, seal_somewhere: SealSomewhere
) -> None:
    made = read_or_create_master_key_file(path)
    sealed = seal_somewhere(Vault(made), Secret("sk-1"))
    assert Vault(read_or_create_master_key_file(path)).open(sealed).reveal() == "sk-1"
    assert made.first_id.startswith("local-")


def test_each_file_gets_a_key_and_an_id_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.key" for number in range(10)]
    ids = {read_or_create_master_key_file(path).first_id for path in paths}
    keys = {path.read_text().partition(":")[2] for path in paths}
    assert (len(ids), len(keys)) == (10, 10)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_made_file_has_mode_0600_whatever_the_umask(path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        read_or_create_master_key_file(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_but_the_file_is_left_in_the_folder(path: Path) -> None:
    read_or_create_master_key_file(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_draft_that_could_not_be_written_is_removed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        read_or_create_master_key_file(path)
    assert list(path.parent.iterdir()) == []


def test_the_file_is_on_disk_before_it_has_its_name_and_the_name_before_the_key_is_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, bool]] = []
    real_fsync = os.fsync

    def watching(descriptor: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))
        real_fsync(descriptor)

    monkeypatch.setattr("os.fsync", watching)
    read_or_create_master_key_file(path)
    assert synced == [(False, False), (True, True)]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o700, 0o4600])
def test_a_file_that_others_may_use_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    read_or_create_master_key_file(path)
    path.chmod(mode)
    with pytest.raises(MasterKeysUnusable) as refused:
        read_or_create_master_key_file(path)
    assert f"mode {mode:04o}" in str(refused.value)
    assert f"chmod 600 {path}" in str(refused.value)
    path.chmod(0o600)
    assert read_or_create_master_key_file(path).first_id.startswith("local-")


def test_a_file_that_only_its_owner_may_read_is_taken(path: Path) -> None:
    made = read_or_create_master_key_file(path)
    path.chmod(0o400)
    assert read_or_create_master_key_file(path).ids == made.ids


def test_a_new_key_put_before_the_old_one_by_hand_seals_from_then_on(path: Path, tmp_path: Path) -> None:
    old = read_or_create_master_key_file(path)
    new = read_or_create_master_key_file(tmp_path / "new.key")
    path.write_text(f"{(tmp_path / 'new.key').read_text().strip()},{path.read_text()}")
    assert read_or_create_master_key_file(path).ids == (new.first_id, old.first_id)


@pytest.mark.parametrize("content", [b"", b"local-1:short", b"\xff\xfe\x00planted-canary"])
def test_a_file_that_holds_no_master_keys_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(MasterKeysUnusable, match="position 1") as refused:
        read_or_create_master_key_file(path)
    assert str(refused.value).startswith(str(path))
    assert "canary" not in str(refused.value)
    assert path.read_bytes() == content


def test_the_loser_of_a_race_takes_the_winners_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    winner = read_or_create_master_key_file(path)
    # The loser looked before the winner's file had its name.
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert read_or_create_master_key_file(path).ids == winner.ids
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_all_get_the_same_key(tmp_path: Path) -> None:
    with ExitStack() as stack:
        racers = [stack.enter_context(_racer()) for _ in range(4)]
        assert [_hear(racer) for racer in racers] == ["ready"] * 4
        for number in range(25):
            path = tmp_path / f"{number}.key"
            for racer in racers:
                _say(racer, str(path))
            got = {_hear(racer) for racer in racers}
            assert got == {read_or_create_master_key_file(path).first_id}
    assert len(list(tmp_path.iterdir())) == 25
