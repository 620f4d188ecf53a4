"""The private folder of the server's socket.

The path of a Unix socket is at most 107 bytes long and a data folder's can be longer, so the socket lies in a
short folder of its own. A link in the data folder says which. The folder stays the same while the data
folder is in use, so a client that was connected before a crash can connect again after it.
"""

import os
import shutil
import socket
import stat
import struct
import tempfile
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.conninfo import PORT
from adapters.embedded.errors import EmbeddedPostgresError

# Short, and open to every user of the system; TMPDIR may be neither.
_PARENT = Path("/tmp")  # noqa: S108 - mkdtemp makes an unpredictable, private folder in it
_SOCKET = f".s.PGSQL.{PORT}"
_ANSWER_WITHIN_SECONDS = 1.0
# "Do you speak TLS?": the shortest question that only a living server answers.
# Source: https://www.postgresql.org/docs/18/protocol-message-formats.html (SSLRequest)
_QUESTION = struct.pack("!ii", 8, 80877103)


def prepare_socket_folder(link: Path, account: Account) -> Path:
    """The folder the link names, freed of what a crash left there; or a new one.

    Call it while no server runs on this data folder.

    Raises:
        EmbeddedPostgresError: no folder can be made.
    """
    if link.is_symlink():
        folder = link.readlink()
        # Another server may live there when the data folder is a copy of that server's.
        if _is_private_to(account, folder) and not answers(folder):
            _clear(folder)
            return folder
        link.unlink()
    try:
        folder = Path(tempfile.mkdtemp(prefix="keyroll-", dir=_PARENT))
    except OSError as error:
        raise EmbeddedPostgresError(
            f"No folder for PostgreSQL's socket can be made in {_PARENT}: {error.strerror}. Make it writable."
        ) from error
    os.chown(folder, account.uid, account.gid)
    link.symlink_to(folder)
    return folder


def remove_socket_folder(link: Path) -> None:
    """Take away the folder and the link, after the server has stopped."""
    if not link.is_symlink():
        return
    shutil.rmtree(link.readlink(), ignore_errors=True)
    link.unlink()


def answers(folder: Path) -> bool:
    """Whether a server answers at the socket in this folder.

    A connection alone proves nothing: the kernel accepts it for a server that is just being killed.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(_ANSWER_WITHIN_SECONDS)
        try:
            client.connect(str(folder / _SOCKET))
            client.sendall(_QUESTION)
            return client.recv(1) != b""
        except OSError:
            return False


def _is_private_to(account: Account, folder: Path) -> bool:
    try:
        state = folder.lstat()
    except OSError:
        return False
    is_open_to_others = state.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return stat.S_ISDIR(state.st_mode) and state.st_uid == account.uid and not is_open_to_others


def _clear(folder: Path) -> None:
    for name in (_SOCKET, f"{_SOCKET}.lock"):
        (folder / name).unlink(missing_ok=True)
