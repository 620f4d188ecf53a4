"""Walk a listing from its first page to its last."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.drivers.failures import listing_error, malformed
from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError
from domain.listing import ListedModel, Listing
from domain.secret import Secret

LISTING_SECONDS = 120.0
MOST_PAGES = 1_000
MOST_MODELS = 200_000
MOST_BYTES = 128 * 1024 * 1024
"""Of all pages together, decompressed: each has a cap of its own, but a thousand would fill any memory."""


@dataclass(frozen=True, slots=True)
class Page:
    """The models of one page, and the cursor of the next; ``None`` on the last."""

    models: Sequence[ListedModel]
    next_cursor: str | None


async def read_all_pages(
    outbound: Outbound,
    headers: Mapping[str, str | Secret],
    url_for: Callable[[str | None], str],
    read_page: Callable[[object], Page],
    shape: Any = object,
) -> Listing:
    """The models of all pages, within 120 s, 1,000 pages, 128 MiB and 200,000 models.

    Args:
        outbound: the way out.
        headers: what to send with each page's request.
        url_for: the address of the page at a cursor; ``None`` for the first.
        read_page: what a page's body holds; raises ListingError where it is not as documented.
        shape: what a page's body is read as, see ``decode_json``.

    Raises:
        ListingError: one page failed, so there is no listing; or the pages do not end, or name a model twice.
    """
    end = outbound.clock() + LISTING_SECONDS
    models: list[ListedModel] = []
    cursors: set[str] = set()
    cursor: str | None = None
    size = 0
    while True:
        try:
            answer = await outbound.get_json(
                url_for(cursor), headers=headers, deadline=end - outbound.clock(), shape=shape
            )
            page = read_page(answer.body)
        except OutboundError as error:
            raise listing_error(error) from None
        size += answer.size
        models.extend(page.models)
        _refuse_too_much(size, len(models))
        cursor = page.next_cursor
        if cursor is None:
            return _each_once(models)
        if cursor in cursors:
            raise malformed("a page leads back to an earlier one")
        cursors.add(cursor)
        if len(cursors) >= MOST_PAGES:
            raise malformed(f"it has more than {MOST_PAGES:,} pages")


def _refuse_too_much(size: int, models: int) -> None:
    if size > MOST_BYTES:
        raise malformed(f"its pages hold more than {MOST_BYTES:,} bytes")
    if models > MOST_MODELS:
        raise malformed(f"it holds more than {MOST_MODELS:,} models")


def _each_once(models: Sequence[ListedModel]) -> Listing:
    if len({model.model_id for model in models}) != len(models):
        raise malformed("a model stands in it twice")
    return Listing(models=tuple(models))
