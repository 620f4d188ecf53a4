"""``keyroll projections``: the read models, rebuilt and checked from the log."""

import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, TextIO

import click

from api.cli.opening import opened_database

if TYPE_CHECKING:
    from adapters.postgres.rebuild_progress import Progress
    from adapters.postgres.verify import Verified
    from projections.read_model import ReadModel

_EMPTY_LINE = "\r\x1b[2K"
_JSON = click.option("--json", "as_json", is_flag=True, help="Lines of JSON.")


@click.group()
def projections() -> None:
    """Read models: tables that hold nothing but what the log says."""


@projections.command("list")
@_JSON
def list_all(as_json: bool) -> None:
    """Show each read model, its version, and how its last rebuild goes or went."""
    from api.commands.projections import all_standings  # noqa: PLC0415  # a server's imports slow every command

    with opened_database() as database:
        found = all_standings(database.core.store)
    for standing in found:
        if as_json:
            _echo_json(_standing_view(standing))
        else:
            run = standing.last_run
            told = "never rebuilt" if run is None else f"last rebuild: {in_words(run)}"
            click.echo(f"{standing.name}  version {standing.version}  {told}")


@projections.command()
@click.argument("name", required=False)
@_JSON
def rebuild(name: str | None, as_json: bool) -> None:
    """Make a read model's table anew, or all of them one by one, while everything goes on.

    Exit code 1 if one is being rebuilt already, or cannot be.
    """
    from adapters.postgres.datastore import connection_settings  # noqa: PLC0415  # as above
    from adapters.postgres.rebuild import Rebuild, RebuildFailed  # noqa: PLC0415  # as above

    with opened_database() as database:
        settings = connection_settings(database.conninfo)
        for read_model in _wanted(name):
            run: Rebuild[Any] = Rebuild(settings, read_model, _told_as_json if as_json else _told_to_people())
            with closing(run):
                run.begin()
                try:
                    run.run()
                except RebuildFailed as error:
                    click.echo(f"keyroll: {read_model.table} was not rebuilt: {error}", err=True)
                    sys.exit(1)


@projections.command()
@click.argument("name", required=False)
@_JSON
def verify(name: str | None, as_json: bool) -> None:
    """Fold the log anew and compare it with the table, row for row. Exit code 1 at the first difference."""
    from adapters.postgres.datastore import connection_settings  # noqa: PLC0415  # as above
    from adapters.postgres.verify import Verification  # noqa: PLC0415  # as above

    with opened_database() as database:
        settings = connection_settings(database.conninfo)
        differ = False
        for read_model in _wanted(name):
            verified = Verification(settings, read_model, _checking(read_model.table)).run()
            differ = differ or verified.difference is not None
            _tell_verified(read_model.table, verified, as_json=as_json)
    sys.exit(1 if differ else 0)


def in_words(run: "Progress") -> str:
    """One line for people."""
    if run.status != "running":
        return f"{run.status}, {run.events_done:,} events" + (f". {run.failure}" if run.failure else "")
    share = f"{100 * run.events_done // run.events_total} %" if run.events_total else "0 %"
    told = f"{run.phase}, {run.events_done:,} of {run.events_total:,} events, {share}"
    if run.events_per_second is not None and run.seconds_left is not None:
        told += f", {run.events_per_second:,.0f} a second, {run.seconds_left:,.0f} s left"
    return told


def _wanted(name: str | None) -> "list[ReadModel[Any]]":
    from api.commands.projections import NAMES, read_model_named  # noqa: PLC0415  # as above

    return [read_model_named(wanted) for wanted in (NAMES if name is None else (name,))]


def _told_as_json(run: "Progress") -> None:
    from api.queries.projections import rebuild_view  # noqa: PLC0415  # as above

    _echo_json(rebuild_view(run))


def _told_to_people() -> "Callable[[Progress], None]":
    """On a terminal one line that changes, elsewhere a line for each phase."""
    on_terminal, phase = _on_terminal(sys.stdout), ""

    def tell(run: "Progress") -> None:
        nonlocal phase
        line = f"{run.name}: {in_words(run)}"
        if on_terminal:
            click.echo(f"{_EMPTY_LINE}{line}", nl=run.status != "running")
        elif (run.phase, run.status) != (phase, "running"):
            click.echo(line)
        phase = run.phase

    return tell


def _checking(table: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if _on_terminal(sys.stderr):
            click.echo(f"{_EMPTY_LINE}{table}: {done:,} of {total:,} events", nl=False, err=True)

    return tell


def _on_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _tell_verified(table: str, verified: "Verified", *, as_json: bool) -> None:
    from api.queries.projections import verified_view  # noqa: PLC0415  # as above

    if _on_terminal(sys.stderr):
        click.echo(_EMPTY_LINE, nl=False, err=True)
    if as_json:
        _echo_json(verified_view(table, verified, None))
    elif verified.difference is None:
        click.echo(f"{table}: {verified.rows:,} rows are what {verified.events:,} events say")
    else:
        click.echo(f"{verified.difference}")


def _standing_view(standing: Any) -> object:
    from api.queries.projections import projection_view  # noqa: PLC0415  # as above

    return projection_view(standing)


def _echo_json(view: object) -> None:
    import msgspec  # noqa: PLC0415  # as above

    click.echo(msgspec.json.encode(view))
