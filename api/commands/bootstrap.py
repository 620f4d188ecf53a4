"""The first start: the organization, and a token to begin with."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

from adapters.postgres.refusals import GuardFailed, StreamMoved, UniquenessBroken
from adapters.postgres.store import Decided
from adapters.postgres.write import Guard
from api.commands.caller import KEYROLL, Caller
from api.commands.core import TOKEN, Core
from api.commands.tokens import new_token
from domain.access import Role, issue
from domain.errors import OrganizationGone
from domain.secret import Secret

_ORGANIZATIONS = UUID("6b657972-6f6c-4c21-8f72-67616e697a65")
DEFAULT_ORGANIZATION = "default"
FIRST_TOKEN_NAME = "admin"  # noqa: S105  # the name of a token, not a token
TOKEN_FILE = "admin-token"  # noqa: S105  # the name of a file, not a token


def organization_of(name: str) -> UUID:
    """The id of the organization of this name."""
    return uuid5(_ORGANIZATIONS, name)


class FirstToken(NamedTuple):
    """The first admin token, and the file that it is kept in; no file if the operator brought it."""

    token: Secret
    file: Path | None


def bootstrap_first_token(core: Core, data_dir: Path, given: Secret | None) -> FirstToken | None:
    """Install the first admin token if the organization has no admin; None if it has, or was deleted.

    A token that is made is written to the data folder before it becomes valid, so that a crash in between
    loses nothing: the next start installs the token that the file holds. A file whose token did not become
    valid, because another process was first, is taken away again.
    """
    organization = organization_of(DEFAULT_ORGANIZATION)
    stream = core.store.load(TOKEN, uuid5(organization, "first token"))
    if stream.version:
        return None
    file = None if given else data_dir / TOKEN_FILE
    token = given or _kept_token(data_dir / TOKEN_FILE)
    caller = Caller(organization, KEYROLL, Role.ADMIN, "first-start")
    verifier = core.fingerprints.of_token(token)
    events = issue(FIRST_TOKEN_NAME, Role.ADMIN, verifier)
    try:
        core.append(caller, [Decided(stream, events)], guards=[Guard("no_admin_exists", stream.id)])
    except (StreamMoved, GuardFailed, UniquenessBroken, OrganizationGone):
        installed = core.store.load(TOKEN, stream.id).row
        if file is not None and (installed is None or installed.verifier != verifier):
            file.unlink(missing_ok=True)
        return None
    return FirstToken(token, file)


def _kept_token(file: Path) -> Secret:
    """The token in the file, made with mode 0600 if there is none. Of processes that race, one makes it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as written:
            written.write(new_token().reveal() + "\n")
            written.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
    return Secret(file.read_text().strip())
