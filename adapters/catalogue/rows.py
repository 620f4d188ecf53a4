"""The catalogue's rows, by vendor, and which of them stands for an id.

The data are those that came with the installed package; nothing is fetched.
"""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Final

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo

from adapters.catalogue.likely import Likely
from domain.provider_type import ProviderType

VENDORS: Final = {
    ProviderType.OPENAI: "openai",
    ProviderType.OPENAI_COMPLETIONS: "openai",
    ProviderType.ANTHROPIC: "anthropic",
    ProviderType.GEMINI: "google",
}
"""The catalogue's name of a provider type's vendor; a simulator has none."""

_MOST_REMEMBERED: Final = 100_000


class Rows:
    """One vendor's rows. What an id was found to be is remembered, so that a listing costs its first time."""

    def __init__(self, rows: Sequence[ModelInfo]) -> None:
        self.all = tuple(rows)
        self._likely = Likely(row.match for row in rows)
        self._asked: set[str] = set()
        self._found: dict[str, ModelInfo] = {}
        self._lock = Lock()

    def among(self, model_ids: Sequence[str]) -> dict[str, ModelInfo]:
        """The rows of those ids that have one."""
        wanted = set(model_ids)
        with self._lock:
            if len(self._asked) > _MOST_REMEMBERED:
                self._asked.clear()
                self._found.clear()
            new = wanted - self._asked
            for model_id in filter(self._likely, new):
                row = self.row_of(model_id)
                if row is not None:
                    self._found[model_id] = row
            self._asked |= new
            return {model_id: self._found[model_id] for model_id in self._found.keys() & wanted}

    def row_of(self, model_id: str) -> ModelInfo | None:
        """The first row whose own rule matches the id.

        A fine-tuned model (``ft:gpt-4o-2024-08-06:acme::id``) is found where the catalogue has rules for such
        ids, with prices of their own. It is not looked up by its base: that one's price is not its price.
        """
        return next((row for row in self.all if row.is_match(model_id)), None)


@lru_cache
def rows_of(provider_type: ProviderType) -> Rows:
    """The vendor's own models; Anthropic's that Google sells elsewhere are not among its API's."""
    vendor = VENDORS[provider_type]
    (provider,) = (one for one in get_snapshot().providers if one.id == vendor)
    foreign = vendor != "anthropic"
    return Rows([row for row in provider.models if not (foreign and row.id.startswith("claude-"))])
