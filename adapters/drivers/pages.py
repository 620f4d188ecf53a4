"""Walk a listing from its first page to its last."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.drivers.failures import listing_error, malformed
from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError
from domain.secret import Secret

LISTING_SECONDS = 120.0
MOST_PAGES = 1_000
MOST_MODELS = 200_000


@dataclass(frozen=True, slots=True)
class Page:
    """What one page holds, and the cursor of the next; ``None`` on the last."""

    rows: Sequence[object]
    next_cursor: str | None


async def read_all_pages(
    outbound: Outbound,
    headers: Mapping[str, str | Secret],
    url_for: Callable[[str | None], str],
    read_page: Callable[[object], Page],
) -> list[object]:
    """The rows of all pages, within 120 s, 1,000 pages and 200,000 models.

    Args:
        outbound: the way out.
        headers: what to send with each page's request.
        url_for: the address of the page at a cursor; ``None`` for the first.
        read_page: what a page's body holds; raises ListingError where it is not as documented.

    Raises:
        ListingError: one page failed, so there is no listing; or the pages do not end.
    """
    end = outbound.clock() + LISTING_SECONDS
    rows: list[object] = []
    cursors: set[str] = set()
    cursor: str | None = None
    while True:
        try:
            answer = await outbound.get_json(
                url_for(cursor), headers=headers, deadline=end - outbound.clock()
            )
        except OutboundError as error:
            raise listing_error(error) from None
        page = read_page(answer.body)
        rows.extend(page.rows)
        if len(rows) > MOST_MODELS:
            raise malformed(f"it holds more than {MOST_MODELS:,} models")
        cursor = page.next_cursor
        if cursor is None:
            return rows
        if cursor in cursors:
            raise malformed("a page leads back to an earlier one")
        cursors.add(cursor)
        if len(cursors) >= MOST_PAGES:
            raise malformed(f"it has more than {MOST_PAGES:,} pages")
