"""Anthropic's listing: https://platform.claude.com/docs/en/api/models-list.

Pages of up to 1,000 (20 unless asked), ``{"data": […], "has_more": …, "first_id": …, "last_id": …}``.
"""

from functools import lru_cache
from typing import TypedDict
from urllib.parse import urlencode

import msgspec

from adapters.drivers.anthropic_capabilities import capabilities_of
from adapters.drivers.facts import count, instant, text
from adapters.drivers.failures import malformed
from adapters.drivers.pages import Page, read_all_pages
from adapters.drivers.rows import Row, models_of
from adapters.outbound.client import Outbound
from adapters.outbound.document import decode_json
from domain.listing import Listing, ModelFacts, ModelKind
from domain.secret import Secret

API_VERSION = "2023-06-01"
_PAGE_SIZE = 1_000
_USUAL_BYTES = 10_000  # a tree beyond it is read each time, for it would fill the memory for trees


class _Row(TypedDict, total=False):
    """What is read of a model. The tree of capabilities is the most of it, and few models differ there."""

    id: object
    display_name: object
    created_at: object
    max_input_tokens: object
    max_tokens: object
    capabilities: msgspec.Raw


class _Page(TypedDict, total=False):
    data: list[_Row]
    has_more: object
    last_id: object


class AnthropicListing:
    """Asks ``{base_url}/v1/models``, page by page."""

    def __init__(self, outbound: Outbound, base_url: str) -> None:
        self._outbound = outbound
        self._url = f"{base_url.rstrip('/')}/v1/models"

    async def list_models(self, key: Secret) -> Listing:
        headers: dict[str, str | Secret] = {"x-api-key": key, "anthropic-version": API_VERSION}
        return await read_all_pages(self._outbound, headers, self._url_for, _read_page, _Page)

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


def _facts(row: Row) -> ModelFacts:
    tree = row.get("capabilities")
    text_of_tree = bytes(tree) if isinstance(tree, msgspec.Raw) else b"null"
    family = _family(text_of_tree) if len(text_of_tree) <= _USUAL_BYTES else _told_by(text_of_tree)
    # A copy's new values are not validated: text, count and instant have checked their types strictly.
    return family.model_copy(
        update={
            "display_name": text(row.get("display_name")),
            "context_window": count(row.get("max_input_tokens")),
            "max_output_tokens": count(row.get("max_tokens")),
            "capabilities": family.capabilities.copy(),
            "released_at": instant(row.get("created_at")),
        }
    )


@lru_cache(maxsize=256)  # the models of a family have equal trees, so a listing holds few of them
def _family(tree: bytes) -> ModelFacts:
    return _told_by(tree)


def _told_by(tree: bytes) -> ModelFacts:
    capabilities = capabilities_of(decode_json(tree))
    sees = capabilities.get("vision")
    return ModelFacts(
        kind=ModelKind.CHAT,
        input_modalities=None if sees is None else ("text", "image") if sees else ("text",),
        capabilities=capabilities,
    )
