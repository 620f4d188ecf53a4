"""Brings the server of a data folder up, and down. One process at a time does either (``start_lock``)."""

import os
import signal
import time
from contextlib import suppress

from adapters.embedded.account import Account, account_of
from adapters.embedded.cluster import check_cluster, make_cluster
from adapters.embedded.data_folder import DataFolder
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.installation import Installation, installed
from adapters.embedded.locks import locked_alone
from adapters.embedded.postmaster import pid_file, postmaster_of
from adapters.embedded.programs import programs_for
from adapters.embedded.settings import server_settings
from adapters.embedded.socket_folder import answers, prepare_socket_folder, remove_socket_folder

# Recovery after a crash replays at most a few gigabytes of log; a stop writes the buffers out.
START_WITHIN_SECONDS = 120.0
STOP_WITHIN_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.002
_LAST_WORDS_BYTES = 2000


def bring_up(folder: DataFolder, *, durable: bool) -> int:
    """Adopt the server of this folder, or start one. Returns its process id once it accepts connections.

    The lock ``life_lock`` is free exactly when no process of an earlier server, or of an interrupted
    initdb, is alive; process ids alone would not tell, for they are used again.

    Raises:
        EmbeddedPostgresError: there can be no server here, or it was not ready in time.
    """
    installation = installed()
    account = account_of(folder.cluster)
    if folder.cluster.exists():
        check_cluster(folder)
    started_at_log_size = None
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while True:
        life = locked_alone(folder.life_lock)
        if life is None:
            pid = _ready_pid(folder)
            if pid is not None:
                return pid
            _check_time(deadline, f"PostgreSQL in {folder.cluster} was not ready in time. Read {folder.log}.")
            time.sleep(_LOOK_AGAIN_SECONDS)
            continue
        try:
            if started_at_log_size is not None:
                raise _died(folder, started_at_log_size)
            started_at_log_size = _launch(folder, installation, account, life, durable=durable)
        finally:
            os.close(life)


def bring_down(folder: DataFolder) -> None:
    """Stop the server, ending its sessions, and wait until its last process is gone.

    Raises:
        EmbeddedPostgresError: it did not stop in time.
    """
    postmaster = postmaster_of(folder.cluster)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    if postmaster and is_alive(folder):
        # A crashed server's last processes may outlive its first one for a moment.
        with suppress(ProcessLookupError):
            # "Fast shutdown": https://www.postgresql.org/docs/18/server-shutdown.html
            os.kill(postmaster.pid, signal.SIGINT)
    while is_alive(folder):
        _check_time(deadline, f"PostgreSQL in {folder.cluster} did not stop in time. Read {folder.log}.")
        time.sleep(_LOOK_AGAIN_SECONDS)
    remove_socket_folder(folder.socket_link)


def _launch(
    folder: DataFolder, installation: Installation, account: Account, life: int, *, durable: bool
) -> int:
    programs = programs_for(account, installation, life)
    if not folder.cluster.exists():
        make_cluster(folder, programs, durable=durable)
    # No process of the cluster is alive, so the file is stale. PostgreSQL could not know that if another
    # process has the id by now, and would refuse to start.
    pid_file(folder.cluster).unlink(missing_ok=True)
    settings = server_settings(
        socket_folder=prepare_socket_folder(folder.socket_link, account), durable=durable
    )
    folder.log.touch(mode=0o600)
    with folder.log.open("ab") as log:
        size = log.tell()
        programs.run_in_background(
            programs.installation.postgres,
            "-D",
            programs.path_of(folder.cluster),
            *settings,
            inside=folder.cluster,
            log=log,
        )
    return size


def is_alive(folder: DataFolder) -> bool:
    """Whether any process of the folder's server is alive, as its lock tells."""
    life = locked_alone(folder.life_lock)
    if life is None:
        return True
    os.close(life)
    return False


def _ready_pid(folder: DataFolder) -> int | None:
    postmaster = postmaster_of(folder.cluster)
    if postmaster is None or not postmaster.is_ready or not folder.socket_link.is_symlink():
        return None
    return postmaster.pid if answers(folder.socket_link.readlink()) else None


def _died(folder: DataFolder, log_size_before: int) -> EmbeddedPostgresError:
    remove_socket_folder(folder.socket_link)
    with folder.log.open("rb") as log:
        log.seek(log_size_before)
        last_words = log.read()[-_LAST_WORDS_BYTES:].decode(errors="replace").strip()
    return EmbeddedPostgresError(
        f"PostgreSQL in {folder.cluster} ended at once. Mend what it names, then start again:\n{last_words}"
    )


def _check_time(deadline: float, message: str) -> None:
    if time.monotonic() > deadline:
        raise EmbeddedPostgresError(message)
