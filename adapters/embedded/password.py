"""The password of a role: random, and kept where only its owner reads it.

Source: https://www.postgresql.org/docs/18/libpq-pgpass.html
"""

import os
import secrets
from pathlib import Path

from domain.secret import Secret

ENTROPY_BYTES = 32


def new_password(file: Path, role: str) -> Secret:
    """Make a password and keep it in ``file``, mode 0600, in place of any earlier one."""
    password = secrets.token_urlsafe(ENTROPY_BYTES)
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(f"*:*:*:{role}:{password}\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    return Secret(password)


def kept_password(file: Path) -> Secret:
    """The password that :func:`new_password` kept there."""
    return Secret(file.read_text().rstrip("\n").rpartition(":")[2])
