"""OpenAI's listing, for the Responses API and Chat Completions alike.

https://platform.openai.com/docs/api-reference/models/list: one page,
``{"object": "list", "data": […]}``. Servers that follow OpenAI add facts under names of their own, and
Together answers with the bare array.
"""

from adapters.drivers.facts import count, instant, text
from adapters.drivers.openai_kind import kind_of
from adapters.drivers.pages import Page, read_all_pages
from adapters.drivers.rows import Facts, Row, models_of
from adapters.outbound.client import Outbound
from domain.listing import Listing
from domain.secret import Secret

# vLLM, Together, Groq, Mistral.
_CONTEXT_NAMES = ("max_model_len", "context_length", "context_window", "max_context_length")


class OpenAIListing:
    """Asks ``{base_url}/models`` for all models."""

    def __init__(self, outbound: Outbound, base_url: str) -> None:
        self._outbound = outbound
        self._url = f"{base_url.rstrip('/')}/models"

    async def list_models(self, key: Secret) -> Listing:
        headers = {"authorization": Secret(f"Bearer {key.reveal()}")}
        return await read_all_pages(self._outbound, headers, lambda _: self._url, _read_page)


def _read_page(body: object) -> Page:
    rows = body.get("data") if isinstance(body, dict) else body
    return Page(models_of(rows, _id, _facts), next_cursor=None)


def _id(row: Row) -> object:
    return row.get("id")


def _facts(row: Row) -> Facts:
    owner = text(row.get("owned_by"))
    return {
        "kind": kind_of(str(row.get("id"))),
        "display_name": text(row.get("display_name")),
        "context_window": next(filter(None, map(count, map(row.get, _CONTEXT_NAMES))), None),
        "max_output_tokens": count(row.get("max_completion_tokens")),  # Groq
        "owned_by": owner,
        # vLLM says "now" on each call, which would make every sync find a change.
        "released_at": None if owner == "vllm" else instant(row.get("created")),
        "retires_at": instant(row.get("shutdown_date")),
    }
