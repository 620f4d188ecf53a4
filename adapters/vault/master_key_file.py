"""The master key that the embedded database comes with, in a file of its data folder."""

import base64
import contextlib
import os
import secrets
import stat
from pathlib import Path

from adapters.vault.errors import MasterKeysUnusable
from adapters.vault.master_keys import MasterKeys, parse_master_keys

_OWNER_ONLY = 0o600


def read_or_create_master_key_file(path: Path) -> MasterKeys:
    """The master keys of the file, made with one random key if it is not there.

    Processes that start at once all get the same key. The file is whole and on disk, with mode 0600, before
    it appears under its name. To rotate the key, edit it by hand: it has the form of KEYROLL_MASTER_KEYS.

    Args:
        path: the file, in a folder that exists.

    Raises:
        MasterKeysUnusable: others than its owner may use the file, or its content is no list of master keys.
        OSError: the file cannot be read or made.
    """
    if not path.exists():
        _create(path)
    return _read(path)


def _read(path: Path) -> MasterKeys:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & ~_OWNER_ONLY:
            raise MasterKeysUnusable(
                f"{path} has mode {mode:04o}, so others than its owner may use the master key: "
                f"run `chmod 600 {path}`, and rotate the key if somebody may have read it"
            )
        # An error of a strict decoder would carry the content of the file.
        return parse_master_keys(file.read().decode("ascii", errors="replace"), source=str(path))


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new_key(draft)
        # A link, unlike a rename, never replaces: one of several processes wins, the others read its key.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write_new_key(draft: Path) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        encoded = base64.b64encode(secrets.token_bytes(32))
        file.write(b"local-%s:%s\n" % (secrets.token_hex(4).encode(), encoded))
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
