"""`keyroll migrate`: the shape of the database, with a role of its own."""

import os

import click

from api.cli.opening import refusals_told


@click.command()
@click.option(
    "--service-role", metavar="NAME", help="The existing role that `keyroll serve` connects as, to be set up."
)
def migrate(service_role: str | None) -> None:
    """Bring the database to this version's shape, and take from the service's role what rewrites history.

    Connects to KEYROLL_MIGRATION_DATABASE_URL, or else to KEYROLL_DATABASE_URL. Keyroll's own database needs
    none of this: every start does it. A role that was set up once is set up again by every later migration.
    """
    from adapters.postgres.migration import bring_forward  # noqa: PLC0415  # imports slow every command
    from api.compose import reached  # noqa: PLC0415  # as above
    from api.settings import database_from  # noqa: PLC0415  # as above

    with refusals_told():
        place = database_from(os.environ, migrating=True)
        if place.url is None:
            if service_role is not None:
                raise click.UsageError(
                    "Keyroll's own database has a service role already; leave the option out"
                )
            with reached(place):
                click.echo("Keyroll's own database has this version's shape.")
            return
        done = bring_forward(place.url.reveal(), service_role)
    click.echo(f"The database has the shape {done.shape}.")
    if done.service_role is None:
        click.echo("One role owns everything, so the service could rewrite history: see --service-role.")
    else:
        click.echo(f"The role {done.service_role} may insert and read events, not alter or remove them.")
