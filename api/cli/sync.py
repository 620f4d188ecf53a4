"""``keyroll sync``: bring models up to their providers' listings, now."""

import sys
from typing import Any

import click

from api.cli.opening import opened_with_settings


class _Sync(click.Command):
    """The command, beside which ``keyroll sync replay`` is one of its own."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args[:1] != ["replay"]:
            return super().make_context(info_name, args, parent, **extra)
        from api.cli.sync_replay import replay  # noqa: PLC0415  # a server's imports would slow every command

        return replay.make_context(f"{info_name} replay", args[1:], parent, **extra)


@click.command("sync", cls=_Sync)
@click.argument("providers", nargs=-1, metavar="[NAME_OR_ID]...")
@click.option("--all", "everything", is_flag=True, help="All that are active, have a key and list models.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each provider.")
@click.option("--force", is_flag=True, help="Believe a listing that is empty or much shorter than before.")
@click.option("--dry-run", is_flag=True, help="Tell what would change, and change nothing.")
@click.option("--organization", default="default", show_default=True, help="Whose providers they are.")
def sync(
    providers: tuple[str, ...], everything: bool, as_json: bool, force: bool, dry_run: bool, organization: str
) -> None:
    """Sync providers, by name or id, or all of them. Exit code 1 if any of them fails.

    Another command, `keyroll sync replay SYNC_ID`, holds a run's listing against the roll once more.
    """
    if everything and providers:
        raise click.UsageError("--all syncs every provider: leave it out to sync only those you name.")
    if not everything and not providers:
        raise click.UsageError("Name the providers, or say --all.")
    from api.cli.sync_providers import Wanted, sync_providers  # noqa: PLC0415  # as above

    wanted = Wanted(organization, providers, force=force, dry_run=dry_run)
    with opened_with_settings() as (settings, database):
        sys.exit(0 if sync_providers(settings, database, wanted, as_json=as_json) else 1)
