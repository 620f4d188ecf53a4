"""Keep the embedded PostgreSQL running: when it dies, start it again."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.server import RunningServer, start

LOOK_SECONDS: Final = 0.5

log = logging.getLogger("keyroll.postgres")


@contextmanager
def kept_running(data_dir: Path, *, durable: bool = True) -> Iterator[RunningServer]:
    """Hold the server for the time of a block, and start it again within a second if it is killed.

    The connection string stays the same, so pools of connections find the new server by themselves.

    Raises:
        EmbeddedPostgresError: there can be no server here; the message says what to do.
    """
    with start(data_dir, durable=durable) as server:
        done = threading.Event()
        keeper = threading.Thread(target=_keep, args=(server, durable, done), daemon=True)
        keeper.start()
        try:
            yield server
        finally:
            done.set()
            keeper.join()


def _keep(server: RunningServer, durable: bool, done: threading.Event) -> None:
    from adapters.embedded.lifecycle import is_alive  # noqa: PLC0415  # needs fcntl, absent on Windows

    while not done.wait(LOOK_SECONDS):
        if is_alive(server.folder):
            continue
        try:
            # The hold of the block stays, so closing this one does not stop what it has started.
            start(server.root, durable=durable).close()
        except EmbeddedPostgresError as error:
            log.error("PostgreSQL has died and does not start: %s", error)  # noqa: TRY400  # the message says it all
        else:
            log.warning("PostgreSQL had died and was started again")
