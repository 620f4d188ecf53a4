"""Settings and database for a command, with one line for what is refused."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from api.compose import Opened
    from api.settings import Settings


@contextmanager
def opened_database() -> "Iterator[Opened]":
    """The database that the settings name; its folder is told if it is Keyroll's own."""
    with opened_with_settings() as (_, database):
        yield database


@contextmanager
def opened_with_settings() -> "Iterator[tuple[Settings, Opened]]":
    """The same, and the settings, for commands that reach out to vendors."""
    from api.compose import opened  # noqa: PLC0415  # a server's imports would slow every command

    with settings_or_exit() as settings:
        if settings.database_url is None:
            click.echo(f"keyroll: in the data folder {settings.data_dir}", err=True)
        with opened(settings) as database:
            yield settings, database


@contextmanager
def settings_or_exit() -> "Iterator[Settings]":
    """The settings; what is refused inside ends the command with one line and exit code 1."""
    from api.settings import settings_from  # noqa: PLC0415  # as above

    with refusals_told():
        yield settings_from(os.environ)


@contextmanager
def reached_database() -> Iterator[str]:
    """Where the database is that the settings name, for a command that needs no keys and changes no shape."""
    from api.compose import reached  # noqa: PLC0415  # as above
    from api.settings import database_from  # noqa: PLC0415  # as above

    with refusals_told(), reached(database_from(os.environ)) as conninfo:
        yield conninfo


@contextmanager
def refusals_told() -> Iterator[None]:
    """What is refused inside ends the command with one line and exit code 1."""
    from adapters.embedded.errors import EmbeddedPostgresError  # noqa: PLC0415  # as above
    from adapters.postgres.refusals import StoreUnavailable  # noqa: PLC0415  # as above
    from adapters.vault.errors import VaultError  # noqa: PLC0415  # as above
    from api.settings import SettingsError  # noqa: PLC0415  # as above
    from domain.errors import KeyrollError  # noqa: PLC0415  # as above

    try:
        yield
    except (SettingsError, KeyrollError, VaultError, EmbeddedPostgresError, StoreUnavailable) as error:
        click.echo(f"keyroll: {error}", err=True)
        sys.exit(1)
