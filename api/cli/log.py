"""`keyroll log`: has anybody altered what was written?"""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.opening import opened_database, reached_database

if TYPE_CHECKING:
    from adapters.postgres.log_verification import Verified
    from adapters.vault.checkpoint import Checkpoint


@click.group()
def log() -> None:
    """The log of events, and whether anybody has altered it."""


@log.command()
@click.option(
    "--checkpoint",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Prove also that this log extends the one that the checkpoint is of.",
)
@click.option("--public-key", help="The only key whose checkpoints are trusted, as public-key printed it.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def verify(file: Path | None, public_key: str | None, as_json: bool) -> None:
    """Check the hash chain. Exit code 1 if it is broken: the first bad position is named.

    Without --public-key a checkpoint must be signed by the key that the database holds now. Who can replace
    both the log and that key can also sign, so keep the public key where you keep the checkpoints.
    """
    if public_key is not None and not re.fullmatch("[0-9a-f]{64}", public_key):
        raise click.BadParameter("write the 64 hex digits that `keyroll log public-key` printed")
    if public_key is not None and file is None:
        raise click.UsageError("--public-key says who may have signed a checkpoint: give --checkpoint too")
    if file is not None and public_key is None:
        from api.commands.checkpoints import checkpoint_key  # noqa: PLC0415  # imports slow every command

        with opened_database() as database:
            known: Checkpoint | None = _trusted(file, checkpoint_key(database.core).public_key)
            found = _verify(database.conninfo, known)
    else:
        with reached_database() as conninfo:
            known = _trusted(file, public_key or "") if file else None
            found = _verify(conninfo, known)
    click.echo(_as_json(found) if as_json else _in_words(found, known))
    sys.exit(1 if found.flaw else 0)


@log.command()
def checkpoint() -> None:
    """Print where the log ends, signed, as JSON. Keep it where nobody can alter the log."""
    from api.commands.checkpoints import sign_checkpoint  # noqa: PLC0415  # as in verify
    from api.commands.core import utc_now  # noqa: PLC0415  # as in verify

    with opened_database() as database:
        click.echo(sign_checkpoint(database.core, utc_now()).text())


@log.command("public-key")
def show_public_key() -> None:
    """Print the key that tells this database's checkpoints from others'."""
    from api.commands.checkpoints import checkpoint_key  # noqa: PLC0415  # as in verify

    with opened_database() as database:
        click.echo(checkpoint_key(database.core).public_key)


def _trusted(file: Path, public_key: str) -> "Checkpoint":
    from adapters.vault.checkpoint import Checkpoint  # noqa: PLC0415  # as in verify

    read = Checkpoint.read(file.read_bytes())
    read.check_signed_by(public_key)
    return read


def _verify(conninfo: str, known: "Checkpoint | None") -> "Verified":
    from adapters.postgres.chain import Head  # noqa: PLC0415  # as in verify
    from adapters.postgres.log_verification import EMPTY, verify_log  # noqa: PLC0415  # as in verify

    head = Head(known.position, bytes.fromhex(known.hash)) if known else EMPTY
    with click.progressbar(
        length=1, label="Verifying", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def report(position: int, end: int) -> None:
            bar.length = end
            bar.update(position - bar.pos)

        return verify_log(conninfo, known=head, report=report)


def _as_json(found: "Verified") -> str:
    sound = {"events": found.events, "position": found.head.position, "hash": found.head.hash.hex()}
    return json.dumps({"sound": found.flaw is None, **sound, "flaw": found.flaw and found.flaw._asdict()})


def _in_words(found: "Verified", known: "Checkpoint | None") -> str:
    if found.flaw:
        return f"The log is broken at position {found.flaw.position}: {found.flaw.what}."
    told = f"{found.events} events are sound, up to position {found.head.position} with the hash"
    extends = (
        f"\nThe log extends the checkpoint at position {known.position} of {known.time}." if known else ""
    )
    return f"{told} {found.head.hash.hex()}.{extends}"
