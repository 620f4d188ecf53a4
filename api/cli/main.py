"""The command ``keyroll``."""

import sys

import click

from api.cli.log import log
from api.cli.log_lines import log_to_stderr
from api.cli.migrate import migrate
from api.cli.opening import opened_database, settings_or_exit
from api.cli.org import org
from api.cli.projections import projections
from api.cli.sync import sync


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keyroll")
def main() -> None:
    """An organization's LLM keys and its roll of models.

    Settings come from the environment: see the README. Exit codes: 0 done, 1 refused, 2 wrong usage.
    """
    log_to_stderr()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port.")
def serve(host: str, port: int) -> None:
    """Start everything and serve the API until Ctrl-C or SIGTERM."""
    from api.serve import serve_until_stopped  # noqa: PLC0415  # a server's imports would slow every command

    with settings_or_exit() as settings:
        serve_until_stopped(settings, host, port)


main.add_command(sync)
main.add_command(log)
main.add_command(migrate)
main.add_command(projections)
main.add_command(org)


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
    """Issue a token, printed once and kept nowhere. A new organization gets its first roll of models."""
    from adapters.catalogue.lazily import current_models  # noqa: PLC0415  # as in serve
    from api.commands.bootstrap import organization_of  # noqa: PLC0415  # as in serve
    from api.commands.organizations import issue_token_of  # noqa: PLC0415  # as in serve
    from api.commands.predefined import begin_roll  # noqa: PLC0415  # as in serve
    from domain.access import Role  # noqa: PLC0415  # as in serve

    with opened_database() as database:
        issued = issue_token_of(database.core, organization, name=name, role=Role(role))
        begin_roll(database.core, organization_of(organization), current_models)
    if issued.new_organization:
        told = f"the organization {organization!r} is new. Was another meant? `keyroll org list` shows all"
        click.echo(f"keyroll: {told}", err=True)
    click.echo(issued.token.reveal())


@main.group()
def vault() -> None:
    """Sealed keys and the master keys that they lie under."""


@vault.command("status")
def show_vault_status() -> None:
    """Count the sealed keys by master key. Exit code 1 while any lies under another than the first."""
    from api.commands.rewrapping import vault_status  # noqa: PLC0415  # as in serve

    with opened_database() as database:
        found = vault_status(database.core)
    for master_key_id, count in found.by_master_key.items():
        role = "first" if master_key_id == found.first else "not the first: run keyroll vault rewrap"
        click.echo(f"{count} under {master_key_id} ({role})")
    sys.exit(0 if found.settled else 1)


@vault.command("rewrap")
def rewrap_vault() -> None:
    """Move every sealed key to the first master key, online. Exit code 1 if one does not open."""
    from api.commands.rewrapping import rewrap_all  # noqa: PLC0415  # as in serve

    with opened_database() as database:
        done = rewrap_all(database.core)
    click.echo(f"{done.moved} moved")
    for key_id, reason in done.unopened.items():
        click.echo(f"{key_id} not moved: {reason}", err=True)
    sys.exit(1 if done.unopened else 0)
