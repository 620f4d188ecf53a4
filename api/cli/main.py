"""The command ``keyroll``."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from api.compose import Opened
    from api.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keyroll")
def main() -> None:
    """An organization's LLM keys and its roll of models.

    Settings come from the environment: see the README. Exit codes: 0 done, 1 refused, 2 wrong usage.
    """
    # What no line of ours shows is not to be found out for each of them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port.")
def serve(host: str, port: int) -> None:
    """Start everything and serve the API until Ctrl-C or SIGTERM."""
    from api.serve import serve_until_stopped  # noqa: PLC0415  # a server's imports would slow every command

    with _settings_or_exit() as settings:
        serve_until_stopped(settings, host, port)


@main.group()
def token() -> None:
    """Tokens: who may use the API."""


@token.command("create")
@click.argument("name")
@click.option(
    "--role", required=True, type=click.Choice(["admin", "viewer", "caller"]), help="What it may do."
)
@click.option("--organization", default="default", show_default=True, help="The organization it belongs to.")
def create_token(name: str, role: str, organization: str) -> None:
    """Issue a token. It is printed once and kept nowhere."""
    from api.commands.bootstrap import organization_of  # noqa: PLC0415  # as in serve
    from api.commands.caller import COMMAND_LINE, Caller  # noqa: PLC0415  # as in serve
    from api.commands.tokens import issue_token  # noqa: PLC0415  # as in serve
    from api.ids import uuid7  # noqa: PLC0415  # as in serve
    from domain.access import Role  # noqa: PLC0415  # as in serve

    with _opened() as database:
        caller = Caller(organization_of(organization), COMMAND_LINE, Role.ADMIN, str(uuid7()))
        done = issue_token(database.core, caller, name=name, role=Role(role))
    click.echo(done.row.token.reveal())


@main.group()
def vault() -> None:
    """Sealed keys and the master keys that they lie under."""


@vault.command("status")
def show_vault_status() -> None:
    """Count the sealed keys by master key. Exit code 1 while any lies under another than the first."""
    from api.commands.rewrapping import vault_status  # noqa: PLC0415  # as in serve

    with _opened() as database:
        found = vault_status(database.core)
    for master_key_id, count in found.by_master_key.items():
        role = "first" if master_key_id == found.first else "not the first: run keyroll vault rewrap"
        click.echo(f"{count} under {master_key_id} ({role})")
    sys.exit(0 if found.settled else 1)


@vault.command("rewrap")
def rewrap_vault() -> None:
    """Move every sealed key to the first master key, online. Exit code 1 if one does not open."""
    from api.commands.rewrapping import rewrap_all  # noqa: PLC0415  # as in serve

    with _opened() as database:
        done = rewrap_all(database.core)
    click.echo(f"{done.moved} moved")
    for key_id, reason in done.unopened.items():
        click.echo(f"{key_id} not moved: {reason}", err=True)
    sys.exit(1 if done.unopened else 0)


@contextmanager
def _opened() -> "Iterator[Opened]":
    from api.compose import opened  # noqa: PLC0415  # as in serve

    with _settings_or_exit() as settings:
        if settings.database_url is None:
            click.echo(f"keyroll: in the data folder {settings.data_dir}", err=True)
        with opened(settings) as database:
            yield database


@contextmanager
def _settings_or_exit() -> "Iterator[Settings]":
    """The settings; what is refused inside ends the command with one line and exit code 1."""
    from adapters.embedded.errors import EmbeddedPostgresError  # noqa: PLC0415  # as in serve
    from adapters.postgres.refusals import StoreUnavailable  # noqa: PLC0415  # as in serve
    from adapters.vault.errors import VaultError  # noqa: PLC0415  # as in serve
    from api.settings import SettingsError, settings_from  # noqa: PLC0415  # as in serve
    from domain.errors import KeyrollError  # noqa: PLC0415  # as in serve

    try:
        yield settings_from(os.environ)
    except (SettingsError, KeyrollError, VaultError, EmbeddedPostgresError, StoreUnavailable) as error:
        click.echo(f"keyroll: {error}", err=True)
        sys.exit(1)
