"""``keyroll sync replay``: hold the listing that a run kept against the roll as it was then."""

import asyncio
import sys
from typing import TYPE_CHECKING
from uuid import UUID

import click
import msgspec

from api.cli.opening import opened_database

if TYPE_CHECKING:
    from api.queries.sync_replays import Replay


@click.command("replay")
@click.argument("sync_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="What the API answers of a run, as the replay has it.")
def replay(sync_id: UUID, as_json: bool) -> None:
    """Tell what a run's listing means for the models as they were when the run began.

    Nothing is written. Exit code 0 if the run did just that, 1 if not, with the first difference.
    """
    with opened_database() as database:
        done = asyncio.run(_replayed(database.conninfo, sync_id))
    if as_json:
        _show_json(done)
    else:
        _show(done)
    sys.exit(0 if done.difference is None else 1)


async def _replayed(conninfo: str, sync_id: UUID) -> "Replay":
    from adapters.postgres.reader import Reader  # noqa: PLC0415  # a server's imports would slow every command
    from api.queries.sync_replays import replay_run  # noqa: PLC0415  # as above

    async with Reader(conninfo) as reader:
        return await replay_run(reader, sync_id)


def _show_json(done: "Replay") -> None:
    from api.queries.sync_diffs import model_diff_views  # noqa: PLC0415  # as above
    from api.queries.syncs import SyncDiffView, sync_run_view  # noqa: PLC0415  # as above

    run = msgspec.structs.asdict(sync_run_view(done.run)) | done.would.counts.model_dump()
    run |= {
        "status": "success" if done.would.code is None else "failed",
        "code": done.would.code,
        "message": done.would.message,
    }
    view = SyncDiffView(**run, position=done.position, models=model_diff_views(done.would.models))
    told = msgspec.structs.asdict(view)
    told |= {"equal": done.difference is None, "difference": done.difference}
    click.echo(msgspec.json.encode(told))


def _show(done: "Replay") -> None:
    from api.cli.model_lines import lines_of  # noqa: PLC0415  # as above

    for line in lines_of(done.would.models):
        click.echo(line)
    if done.would.code is not None:
        click.echo(f"refused ({done.would.code}): {done.would.message}")
    else:
        counts = done.would.counts.model_dump()
        click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    click.echo("The run did just this." if done.difference is None else f"Not equal: {done.difference}.")
