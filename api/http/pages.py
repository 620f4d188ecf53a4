"""Keyset pages: a list is read on from where it ended, whatever was written in between."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from api.http.problems import HTTPProblem

Item = TypeVar("Item")
Found = TypeVar("Found")
Key = TypeVar("Key")

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200

_NUL: Final = rb"\u0000"
"""As JSON spells it; PostgreSQL's texts cannot hold it, so no key of a list does."""

Limit = Annotated[
    int, QueryParameter(ge=1, le=LARGEST_LIMIT, description="How many items a page holds at most.")
]
Cursor = Annotated[
    str | None, QueryParameter(description="The next_cursor of the page before; absent: the first page.")
]


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """A page of a list. ``next_cursor`` leads to the next one; null: this is the last."""

    data: list[Item]
    next_cursor: str | None


def page(
    found: Sequence[Found], limit: int, view: Callable[[Found], Item], key: Callable[[Found], Any]
) -> Page[Item]:
    """The page that ``limit + 1`` rows make: the one too many tells that there is a next page."""
    shown = found[:limit]
    following = encode_cursor(key(shown[-1])) if len(found) > limit else None
    return Page([view(item) for item in shown], following)


def encode_cursor(key: object) -> str:
    """An opaque text for the sort key of a page's last item."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, kind: type[Key]) -> Key | None:
    """The sort key that a cursor stands for.

    Raises:
        HTTPProblem: 400, it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = None if _NUL in text else msgspec.json.decode(text, type=kind)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        key = None
    if key is None:
        raise HTTPProblem.malformed("cursor is not a next_cursor of this list: begin again without it.")
    return key
