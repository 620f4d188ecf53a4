"""Versions of read models: which one each table was built in, and how a newer one takes over."""

import logging
import time
from typing import Any, Final

from psycopg import Connection

from adapters.postgres.rebuild import Rebuild, Settings
from adapters.postgres.refusals import NewerVersion, StoreUnavailable
from domain.errors import RebuildRunning
from projections.all import READ_MODELS
from projections.read_model import ReadModel

log = logging.getLogger("keyroll.projections")

PATIENCE: Final = 3600.0
"""Seconds that a start waits for another process that builds the same read model."""

_VERSIONS: Final = b"SELECT name, version FROM projections"


def outdated(connection: Connection[Any]) -> list[ReadModel[Any]]:
    """The read models whose tables are older than this process's code.

    Raises:
        NewerVersion: a table is newer; a process that does not know its shape is not to start with it.
    """
    built = dict(connection.execute(_VERSIONS).fetchall())
    for read_model in READ_MODELS:
        if built[read_model.table] > read_model.version:
            raise NewerVersion(read_model.table)
    return [read_model for read_model in READ_MODELS if built[read_model.table] < read_model.version]


def bring_forward(settings: Settings, read_model: ReadModel[Any]) -> None:
    """Build a read model in this process's version beside the old one, which others read and write meanwhile.

    Of several processes that start at once one builds, and the others wait for it.

    Raises:
        StoreUnavailable: PostgreSQL does not answer, or the other process took more than an hour.
        RebuildFailed: it could not take the old one's place.
    """
    until, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        rebuild = Rebuild(settings, read_model)
        try:
            if rebuild.begin(unless_built=True):
                log.info("building %s in version %d", read_model.table, read_model.version)
                rebuild.run()
        except RebuildRunning as error:
            if time.monotonic() > until:
                raise StoreUnavailable(str(error)) from None
        else:
            return
        finally:
            rebuild.close()
        time.sleep(pause)
        pause = min(2 * pause, 1.0)
