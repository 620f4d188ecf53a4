"""Starts PostgreSQL's programs: as the right user, inside the cluster's folder, cut off from our terminal."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adapters.embedded.account import Account
from adapters.embedded.errors import EmbeddedPostgresError
from adapters.embedded.installation import Installation
from adapters.embedded.shared_copy import SHELF, shared_copy

# Nothing of our own environment, which may hold keys, reaches the server.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# The shell ends at once, so the server is nobody's child: it outlives us, and leaves us no zombie.
_IN_BACKGROUND = ("/bin/sh", "-c", '"$0" "$@" &')


@dataclass(frozen=True)
class Programs:
    """The programs, and the user they run as.

    ``life`` is the descriptor of the lock that every process started here holds until it ends.
    """

    installation: Installation
    account: Account
    life: int

    def run(self, program: Path, *arguments: str, inside: Path, stdin: IO[bytes]) -> None:
        """Run a program to its end.

        Raises:
            EmbeddedPostgresError: it could not be started, or did not succeed.
        """
        done = self._start([str(program), *arguments], inside, stdin, subprocess.PIPE)
        if done.returncode != 0:
            said = done.stdout.decode(errors="replace").strip()
            raise EmbeddedPostgresError(
                f"{program.name} ended with status {done.returncode}. "
                f"Mend what it names, then start again:\n{said}"
            )

    def run_in_background(self, program: Path, *arguments: str, inside: Path, log: IO[bytes]) -> None:
        """Start a program and leave it running. What it says goes to ``log``."""
        with Path("/dev/null").open("rb") as nothing:
            self._start([*_IN_BACKGROUND, str(program), *arguments], inside, nothing, log)

    def path_of(self, cluster: Path) -> str:
        """How the programs are told where the cluster is, when they run inside it.

        Its path may lead through folders closed to their user. ``/proc/self/cwd`` leads to the folder itself.
        """
        return str(cluster) if self.account.is_this_process else "/proc/self/cwd"

    def _start(
        self, command: list[str], inside: Path, stdin: IO[bytes], output: IO[bytes] | int
    ) -> subprocess.CompletedProcess[bytes]:
        other = None if self.account.is_this_process else self.account
        try:
            return subprocess.run(  # noqa: S603 - no shell reads the arguments, and all of them are ours
                command,
                check=False,
                cwd=inside,
                env=_ENVIRONMENT,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(self.life,),
                start_new_session=True,
                umask=0o077,
                user=other.uid if other else None,
                group=other.gid if other else None,
                extra_groups=[] if other else None,
            )
        except OSError as error:
            raise EmbeddedPostgresError(
                f"{command[0]} cannot be started as the user id {self.account.uid}: {error.strerror}. "
                "Run Keyroll as a normal user, or set KEYROLL_DATABASE_URL."
            ) from error


def programs_for(account: Account, installation: Installation, life: int) -> Programs:
    """The programs in a place where this account can start them.

    Raises:
        EmbeddedPostgresError: there is no such place.
    """
    if account.is_this_process:
        return Programs(installation, account, life)
    if sys.platform != "linux":
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL runs under root on Linux only. "
            "Run Keyroll as a normal user, or set KEYROLL_DATABASE_URL."
        )
    programs = Programs(installation, account, life)
    if _can_start(programs):
        return programs
    return Programs(shared_copy(installation, SHELF), account, life)


def _can_start(programs: Programs) -> bool:
    try:
        with Path("/dev/null").open("rb") as nothing:
            programs.run(programs.installation.postgres, "--version", inside=Path("/"), stdin=nothing)
    except EmbeddedPostgresError:
        return False
    return True
