"""Anthropic's listing: https://platform.claude.com/docs/en/api/models-list.

Pages of up to 1,000 (20 unless asked), ``{"data": […], "has_more": …, "first_id": …, "last_id": …}``.
"""

from urllib.parse import urlencode

from adapters.drivers.anthropic_capabilities import capabilities_of
from adapters.drivers.facts import count, instant, text
from adapters.drivers.failures import malformed
from adapters.drivers.pages import Page, read_all_pages
from adapters.drivers.rows import Facts, Row, models_of
from adapters.outbound.client import Outbound
from domain.listing import Listing, ModelKind
from domain.secret import Secret

API_VERSION = "2023-06-01"
_PAGE_SIZE = 1_000


class AnthropicListing:
    """Asks ``{base_url}/v1/models``, page by page."""

    def __init__(self, outbound: Outbound, base_url: str) -> None:
        self._outbound = outbound
        self._url = f"{base_url.rstrip('/')}/v1/models"

    async def list_models(self, key: Secret) -> Listing:
        headers: dict[str, str | Secret] = {"x-api-key": key, "anthropic-version": API_VERSION}
        return await read_all_pages(self._outbound, headers, self._url_for, _read_page)

    def _url_for(self, cursor: str | None) -> str:
        after = {} if cursor is None else {"after_id": cursor}
        return f"{self._url}?{urlencode({'limit': _PAGE_SIZE, **after})}"


def _read_page(body: object) -> Page:
    if not isinstance(body, dict):
        raise malformed("a page is no object")
    models = models_of(body.get("data"), _id, _facts)
    if body.get("has_more") is False:
        return Page(models, next_cursor=None)
    last_id = body.get("last_id")
    if body.get("has_more") is not True or not isinstance(last_id, str) or not last_id:
        raise malformed("a page does not say whether another one follows, and after which id")
    return Page(models, next_cursor=last_id)


def _id(row: Row) -> object:
    return row.get("id")


def _facts(row: Row) -> Facts:
    capabilities = capabilities_of(row.get("capabilities"))
    sees = capabilities.get("vision")
    return {
        "kind": ModelKind.CHAT,
        "display_name": text(row.get("display_name")),
        "context_window": count(row.get("max_input_tokens")),
        "max_output_tokens": count(row.get("max_tokens")),
        "input_modalities": None if sees is None else ("text", "image") if sees else ("text",),
        "capabilities": capabilities,
        "released_at": instant(row.get("created_at")),
    }
