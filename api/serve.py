"""Serve until told to stop: the process that listens."""

import logging
import signal
import socket
import sys
from typing import Final

import click
import uvicorn
import uvloop

from adapters.catalogue.lazily import current_models
from adapters.postgres.service_role import may_rewrite_history
from api.app import application
from api.collector import calm_collector
from api.commands.bootstrap import DEFAULT_ORGANIZATION, bootstrap_first_token, organization_of
from api.commands.organizations import name_organization
from api.commands.predefined import begin_roll
from api.compose import Opened, opened, running
from api.http.endless import StoppableServer
from api.open_files import allow_many_open_files
from api.settings import Settings

GRACE: Final = 10
"""Seconds that open requests have to end in once a stop was asked for."""

log = logging.getLogger("keyroll")


def serve_until_stopped(settings: Settings, host: str, port: int) -> None:
    """Listen, open the database, install the first token and roll, and serve until SIGINT or SIGTERM.

    Raises:
        click.ClickException: the address cannot be listened on.
    """
    # While it starts, and after uvicorn has stopped (it raises the signal again then), a signal ends the
    # process by an exception, so that the database is closed on the way out.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    allow_many_open_files()
    with _listening(host, port) as listener, opened(settings) as database:
        if settings.environment == "production" and database.core.store.log.run(may_rewrite_history):
            log.warning(
                "The role that Keyroll connects as could rewrite the log: "
                "make another role for it, and set that up with `keyroll migrate --service-role NAME`"
            )
        if settings.ignored_keys:
            names = ", ".join(settings.ignored_keys)
            log.warning("Ignored in production: %s. Keys from the environment are for development", names)
        _tell(settings, database, listener)
        uvloop.run(_serve(settings, database, listener))


async def _serve(settings: Settings, database: Opened, listener: socket.socket) -> None:
    async with running(settings, database) as parts:
        config = uvicorn.Config(
            application(parts),
            lifespan="off",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # a client's word for its own address does not belong into an audit trail
            timeout_graceful_shutdown=GRACE,
        )
        calm_collector()
        await StoppableServer(config, parts.stopping).serve(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host} port {port}: {error.strerror}. Choose another with --host and --port."
        ) from None


def _tell(settings: Settings, database: Opened, listener: socket.socket) -> None:
    """Print where Keyroll is, and the first admin token on the one occasion that it is made.

    With the first token the organization gets its first roll of models.
    """
    name_organization(database.core, DEFAULT_ORGANIZATION)
    first = bootstrap_first_token(database.core, settings.data_dir, settings.bootstrap_token)
    begin_roll(database.core, organization_of(DEFAULT_ORGANIZATION), current_models)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    click.echo(
        f"Keyroll is at http://{shown}:{port} and its API is described at http://{shown}:{port}/schema"
    )
    click.echo(f"Its data folder is {settings.data_dir}: back it up, and the master keys apart from it")
    if first is not None and first.file is not None:
        click.echo(f"Your first admin token, shown this once: {first.token.reveal()}")
        click.echo(f"It is kept in {first.file}")
