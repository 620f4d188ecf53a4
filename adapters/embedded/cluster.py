"""Makes the cluster, whole or not at all, and checks that an existing one is ours to start.

Source: https://www.postgresql.org/docs/18/app-initdb.html
"""

import os
import shutil
import tempfile
from pathlib import Path

from adapters.embedded.conninfo import OWNER
from adapters.embedded.data_folder import DataFolder
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.installation import MAJOR_VERSION
from adapters.embedded.password import new_password
from adapters.embedded.programs import Programs
from domain.secret import Secret


def make_cluster(folder: DataFolder, programs: Programs, *, durable: bool) -> None:
    """Make a cluster with the role and the database ``keyroll``, then put it in its place.

    Whatever an interrupted attempt left is thrown away first.
    """
    draft = folder.cluster_in_making
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    os.chown(draft, programs.account.uid, programs.account.gid)
    _run_initdb(draft, programs, new_password(folder.password_file, OWNER), durable=durable)
    _create_database(draft, programs)
    draft.rename(folder.cluster)
    if durable:
        _flush(folder.root)


def check_cluster(folder: DataFolder) -> None:
    """Check that the existing cluster is one that this PostgreSQL can read, and touch nothing.

    Raises:
        EmbeddedPostgresError: it is of another major version, no cluster at all, or its password is lost.
    """
    try:
        found = (folder.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{folder.cluster} is no PostgreSQL database, and Keyroll keeps its own there. Move it away."
        ) from None
    if found != MAJOR_VERSION:
        raise EmbeddedPostgresError(
            f"The database in {folder.cluster} was made by PostgreSQL {found}, and this Keyroll brings "
            f"{MAJOR_VERSION}. Start the Keyroll that made it and dump the database with the pg_dump of "
            f"PostgreSQL {found}, then load the dump with this Keyroll in an empty data folder. "
            "Nothing has been changed."
        )
    if not folder.password_file.exists():
        raise EmbeddedPostgresError(
            f"{folder.password_file} is missing, and without it nobody can log in to the database beside it. "
            "Put it back from a backup of the data folder."
        )


def _run_initdb(cluster: Path, programs: Programs, password: Secret, *, durable: bool) -> None:
    # A file without a name: the other user can read it here, and nobody can find it.
    with tempfile.TemporaryFile() as stdin:
        os.fchown(stdin.fileno(), programs.account.uid, programs.account.gid)
        stdin.write(password.reveal().encode())
        stdin.seek(0)
        programs.run(
            programs.installation.initdb,
            f"--pgdata={programs.path_of(cluster)}",
            f"--username={OWNER}",
            "--pwfile=/dev/stdin",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *(() if durable else ("--no-sync",)),
            inside=cluster,
            stdin=stdin,
        )


def _create_database(cluster: Path, programs: Programs) -> None:
    with tempfile.TemporaryFile() as stdin:
        stdin.write(b"CREATE DATABASE keyroll\n")
        stdin.seek(0)
        programs.run(
            programs.installation.postgres,
            "--single",
            "-D",
            programs.path_of(cluster),
            # Without it a failed statement would still end with status 0.
            "-c",
            "exit_on_error=on",
            "template1",
            inside=cluster,
            stdin=stdin,
        )


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
