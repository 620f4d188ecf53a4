"""A copy of the programs for a user who cannot reach the installed ones.

Under root the server runs as another user, and a virtual environment below root's home is closed to that
user. Opening folders that are not ours would be wrong, so the programs are copied once, about 25 MB.
"""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.installation import Installation

SHELF = Path("/var/cache/keyroll")
_OPEN_FOLDER = 0o755
_PROGRAM = 0o755
_DATA = 0o644


def shared_copy(of: Installation, shelf: Path) -> Installation:
    """The copy of these programs on the shelf, made if it is absent.

    Raises:
        EmbeddedPostgresError: the shelf cannot be made, or someone else may change what lies on it.
    """
    try:
        shelf.mkdir(mode=_OPEN_FOLDER, exist_ok=True)
        _check_only_we_may_write(shelf)
        copy = Installation(shelf / of.release)
        if not copy.site.exists():
            _make(of, copy.site)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The user that PostgreSQL runs as cannot reach {of.postgres}, "
            f"and no copy can be made in {shelf}: {error.strerror}. "
            "Install Keyroll where all users may read, or run it as a normal user."
        ) from error
    return copy


def _check_only_we_may_write(shelf: Path) -> None:
    state = shelf.lstat()
    others_may_write = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or others_may_write:
        raise EmbeddedPostgresError(
            f"{shelf} must be a folder that only the user id {os.geteuid()} may write, "
            "because programs are started from it. Look at who made it, then remove it."
        )


def _make(original: Installation, target: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        for part in original.needed:
            _copy(original.site / part, draft / part)
        _open_for_reading(draft)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft)
        # Two processes may copy at once: the second finds the first one's copy in its place.
        if not target.exists():
            raise


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _open_for_reading(folder: Path) -> None:
    for path, _, files in os.walk(folder):
        here = Path(path)
        here.chmod(_OPEN_FOLDER)
        for name in files:
            (here / name).chmod(_PROGRAM if here.name == "bin" else _DATA)
