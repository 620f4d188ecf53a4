"""Which operating system user the server runs as. PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.errors import EmbeddedPostgresError


@dataclass(frozen=True)
class Account:
    """The user and group that own the cluster and run the server."""

    uid: int
    gid: int
    is_this_process: bool


def account_of(cluster: Path) -> Account:
    """The owner of the cluster if there is one; else this user, or ``nobody`` when this user is root.

    Raises:
        EmbeddedPostgresError: the cluster belongs to a user that this process cannot start a server for.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() == 0:
        return _account_under_root(cluster, owner)
    if owner not in (None, os.geteuid()):
        raise EmbeddedPostgresError(
            f"The database in {cluster} belongs to the user id {owner}, and this process runs as "
            f"{os.geteuid()}. Run Keyroll as that user or as root, or give the folder to this one (chown -R)."
        )
    if owner is None:
        _check_has_a_name(os.geteuid())
    return Account(os.geteuid(), os.getegid(), is_this_process=True)


def _check_has_a_name(uid: int) -> None:
    # initdb insists on it; the server does not.
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedPostgresError(
            f"This process runs as the user id {uid}, which no user of this system has, and PostgreSQL makes "
            "a database for users with a name only. Add the user (useradd, or a line in /etc/passwd), "
            "or set KEYROLL_DATABASE_URL."
        ) from None


def _account_under_root(cluster: Path, owner: int | None) -> Account:
    if owner == 0:
        raise EmbeddedPostgresError(
            f"The database in {cluster} belongs to root, and PostgreSQL refuses to run as root. "
            f"Give it to an unprivileged user: chown -R nobody {cluster}"
        )
    if owner is not None:
        return Account(owner, cluster.stat().st_gid, is_this_process=False)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and this system has no user 'nobody' to run it as. "
            "Run Keyroll as a normal user, or set KEYROLL_DATABASE_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid, is_this_process=False)
