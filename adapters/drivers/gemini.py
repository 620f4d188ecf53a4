"""Gemini's listing: https://ai.google.dev/api/models.

Pages of up to 1,000 (50 unless asked), ``{"models": […], "nextPageToken": …}``; the key goes in a header.
"""

from urllib.parse import urlencode

from adapters.drivers.facts import count, text
from adapters.drivers.failures import malformed
from adapters.drivers.gemini_kind import kind_of
from adapters.drivers.pages import Page, read_all_pages
from adapters.drivers.rows import Facts, Row, models_of
from adapters.outbound.client import Outbound
from domain.listing import Listing
from domain.secret import Secret

_PAGE_SIZE = 1_000
_CAPABILITY_OF_METHOD = {"batchGenerateContent": "batch", "createCachedContent": "caching"}


class GeminiListing:
    """Asks ``{base_url}/models``, page by page."""

    def __init__(self, outbound: Outbound, base_url: str) -> None:
        self._outbound = outbound
        self._url = f"{base_url.rstrip('/')}/models"

    async def list_models(self, key: Secret) -> Listing:
        return await read_all_pages(self._outbound, {"x-goog-api-key": key}, self._url_for, _read_page)

    def _url_for(self, cursor: str | None) -> str:
        token = {} if cursor is None else {"pageToken": cursor}
        return f"{self._url}?{urlencode({'pageSize': _PAGE_SIZE, **token})}"


def _read_page(body: object) -> Page:
    if not isinstance(body, dict):
        raise malformed("a page is no object")
    # Google leaves empty lists out, so a page without models is an empty page, if nothing else stands there.
    rows = body.get("models", [] if body.keys() <= {"nextPageToken"} else None)
    token = body.get("nextPageToken", "")
    if not isinstance(token, str):
        raise malformed("the token of the next page is no text")
    return Page(models_of(rows, _id, _facts), next_cursor=token or None)


def _id(row: Row) -> object:
    name = row.get("name")
    return name.removeprefix("models/") if isinstance(name, str) else None


def _facts(row: Row) -> Facts:
    listed = row.get("supportedGenerationMethods")
    methods = (
        frozenset(method for method in listed if isinstance(method, str))
        if isinstance(listed, list)
        else None
    )
    return {
        "kind": kind_of(str(row.get("name")), methods or frozenset()),
        "display_name": text(row.get("displayName")),
        "description": text(row.get("description")),
        "context_window": count(row.get("inputTokenLimit")),
        "max_output_tokens": count(row.get("outputTokenLimit")),
        "capabilities": _capabilities(row.get("thinking"), methods),
    }


def _capabilities(thinking: object, methods: frozenset[str] | None) -> dict[str, bool]:
    found = (
        {} if methods is None else {name: method in methods for method, name in _CAPABILITY_OF_METHOD.items()}
    )
    return {**found, "thinking": thinking} if isinstance(thinking, bool) else found
