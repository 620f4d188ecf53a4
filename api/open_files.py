"""How many files and sockets the process may have open."""

import resource
from contextlib import suppress
from typing import Final

WANTED: Final = 8_192
"""A streamed call has two sockets, and 2,000 may be under way; pools and the database take the rest."""


def allow_many_open_files(wanted: int = WANTED) -> None:
    """Raise the process's own limit, which many systems begin at 1,024, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):  # a system with another limit of its own: this one stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
