"""How a partial change tells "leave it" from "set it to nothing"."""

from enum import Enum
from typing import Final, Literal, TypeAlias, TypeVar


class Keep(Enum):
    """The one value that means: this field was not named, leave it."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP

T = TypeVar("T")
Change: TypeAlias = T | Literal[Keep.KEEP]
"""A field of a partial change: a new value, or KEEP."""


def kept(change: Change[T], current: T) -> T:
    """The value after the change."""
    return current if change is KEEP else change
