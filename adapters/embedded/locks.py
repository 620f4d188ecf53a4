"""File locks that the kernel releases when their holder dies, however it dies (flock, advisory)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is inside, and keep them out until the block ends."""
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take_a_share(path: Path) -> int:
    """Join the holders of this lock. Returns the descriptor to give to :func:`leave`."""
    descriptor = _opened(path)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def leave(descriptor: int) -> bool:
    """Give up a share. Returns whether it was the last one.

    Nobody may join meanwhile: call it, like :func:`take_a_share`, inside :func:`one_at_a_time`.
    """
    try:
        return _locked_alone(descriptor)
    finally:
        os.close(descriptor)


def locked_alone(path: Path) -> int | None:
    """A descriptor that holds the lock alone, or None while anyone else holds it.

    Child processes that inherit the descriptor hold the lock on, until the last of them ends.
    """
    descriptor = _opened(path)
    if _locked_alone(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
