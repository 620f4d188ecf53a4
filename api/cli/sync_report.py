"""What ``keyroll sync`` tells of each provider: a line of words or of JSON, and how far it has come."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import click
import msgspec

from api.cli.model_lines import lines_of
from api.commands.syncs import SyncOutcome
from api.queries.syncs import sync_view
from projections.providers import ProviderRow

MOST_MODELS: Final = 50
"""Of one provider, that a rehearsal tells people of."""

_EMPTY_LINE = "\r\x1b[2K"


class Report(Protocol):
    """Told of each provider as it ends."""

    def __call__(self, row: ProviderRow, outcome: SyncOutcome) -> None: ...


@contextmanager
def for_scripts() -> Iterator[Report]:
    """The fields that the API answers a sync with, and whose they are; nothing else."""

    def report(row: ProviderRow, outcome: SyncOutcome) -> None:
        told = {"provider_id": row.id, "provider_name": row.name}
        told |= msgspec.structs.asdict(sync_view(outcome))
        click.echo(msgspec.json.encode(told))

    yield report


@contextmanager
def for_people(count: int) -> Iterator[Report]:
    """A line for each, the models of a rehearsal, a bar below them on a terminal, and a sum at the end."""
    ended = {True: 0, False: 0}
    on_terminal = sys.stderr.isatty()
    with click.progressbar(length=count, label="Syncing", file=sys.stderr, show_pos=True) as bar:

        def report(row: ProviderRow, outcome: SyncOutcome) -> None:
            ended[outcome.status == "success"] += 1
            if on_terminal:
                click.echo(_EMPTY_LINE, nl=False, err=True)
            click.echo(f"{row.name}: {_in_words(outcome)}")
            for line in lines_of(outcome.rehearsed or (), MOST_MODELS):
                click.echo(f"  {line}")
            bar.update(1)

        yield report
    click.echo(f"{ended[True]} synced, {ended[False]} failed")


def _in_words(outcome: SyncOutcome) -> str:
    if outcome.status != "success":
        return f"{outcome.status.replace('_', ' ')} ({outcome.code}): {outcome.message}"
    counts = outcome.counts
    return f"{counts.created} created, {counts.changed} changed, {counts.stale} stale"
