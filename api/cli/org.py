"""``keyroll org``: the organizations of a database."""

import sys
from typing import TYPE_CHECKING, Any

import click

from api.cli.opening import opened_database

if TYPE_CHECKING:
    from adapters.postgres.queries.organizations import OrganizationFound

_JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of words.")


@click.group()
def org() -> None:
    """Organizations: whose providers, models, keys and tokens are kept apart."""


@org.command()
@click.argument("name")
@_JSON
def create(name: str, as_json: bool) -> None:
    """Create an organization with a first roll of models, and print its first admin token, once."""
    from adapters.catalogue.lazily import current_models  # noqa: PLC0415  # a server's imports slow every command
    from api.commands.organizations import create_organization  # noqa: PLC0415  # as above

    with opened_database() as database:
        created = create_organization(database.core, name, current_models)
    token = created.token.reveal()
    if as_json:
        _echo_json({"id": created.id, "name": name, "token": token})
    else:
        click.echo(f"The organization {name} has the id {created.id}")
        click.echo(f"Its first admin token, shown this once: {token}")


@org.command("list")
@_JSON
def list_all(as_json: bool) -> None:
    """Show every organization and how much it has. A deleted one has nothing but its history."""
    from adapters.postgres.queries.organizations import all_organizations  # noqa: PLC0415  # as above

    with opened_database() as database:
        found = all_organizations(database.core.store)
    for one in found:
        if as_json:
            _echo_json(one._asdict())
        else:
            click.echo(_in_words(one))


@org.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Destroy all keys and tokens of an organization, and all else that it has, at once and for good.

    Its history stays in the log, with the fingerprints of its keys. Nothing is ever added to it again, and
    its name is not given again.
    """
    from api.commands.organization_deletion import delete_organization  # noqa: PLC0415  # as above

    if not yes:
        _ask(name)
    with opened_database() as database:
        had = delete_organization(database.core, name)
    click.echo(f"The organization {name} is deleted, and with it {had}.")


def _ask(name: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on: say --yes.")
    click.echo("This destroys all its keys and tokens at once, and cannot be undone.", err=True)
    if click.prompt(f"Type the name {name} once more", err=True) != name:
        click.echo("keyroll: That is another name. Nothing was deleted.", err=True)
        sys.exit(1)


def _echo_json(told: dict[str, Any]) -> None:
    import msgspec  # noqa: PLC0415  # a server's imports slow every command

    click.echo(msgspec.json.encode(told))


def _in_words(one: "OrganizationFound") -> str:
    name = "(name unknown)" if one.name is None else one.name
    if one.deleted_at is not None:
        return f"{name}  {one.id}  created {one.created_at:%Y-%m-%d}, deleted {one.deleted_at:%Y-%m-%d}"
    has = f"providers: {one.providers}, models: {one.models}, tokens: {one.tokens}"
    return f"{name}  {one.id}  created {one.created_at:%Y-%m-%d}, {has}"
