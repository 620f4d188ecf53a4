"""The models that an organization begins with."""

import re
from datetime import date
from typing import Final

from genai_prices.types import ModelInfo

from adapters.catalogue.prices import prices_on
from adapters.catalogue.rows import rows_of
from domain.listing import ListedModel, ModelFacts, ModelKind
from domain.provider_type import ProviderType

_GENERATIONS: Final = 2
"""The newest generation, and the one before it, which much is still built upon."""

_NAMES: Final = {
    ProviderType.OPENAI: re.compile(r"gpt-(\d+)(?:[.-]|$)"),
    ProviderType.ANTHROPIC: re.compile(r"claude-[a-z]+-(\d+)(?:[.-]|$)"),
    ProviderType.GEMINI: re.compile(r"gemini-(\d+)(?:[.-]|$)"),
}
"""How a vendor names its general models, and where its generation stands."""

_OTHER_PURPOSES: Final = frozenset(
    {
        "audio",
        "embedding",
        "image",
        "live",
        "realtime",
        "robotics",
        "search",
        "transcribe",
        "translate",
        "tts",
    }
)


def current_models(provider_type: ProviderType, day: date) -> tuple[ListedModel, ...]:
    """The vendor's current models for conversation, by their ids, with all that the catalogue knows of them.

    A row of the catalogue belongs to them if

    * its id follows the vendor's names for general models and is of one of its two newest generations;
    * no part of its id tells of another purpose, such as images or speech;
    * it is not deprecated, and has prices for input and output tokens on that day;
    * the catalogue describes it, by a name or a context window: models for chosen customers have neither.

    So the roll follows the package, and no list of models is to be kept up by hand.
    """
    named = [
        (row, found[1])
        for row in rows_of(provider_type).all
        if (found := _NAMES[provider_type].match(row.id))
    ]
    current = [(row, int(generation)) for row, generation in named if _is_for_conversation(row, day)]
    newest = sorted({generation for _, generation in current})[-_GENERATIONS:]
    models = (_model(row, day) for row, generation in current if generation in newest)
    return tuple(sorted(models, key=lambda model: model.model_id))


def _is_for_conversation(row: ModelInfo, day: date) -> bool:
    prices = prices_on(row, day)
    return (
        not row.deprecated
        and (row.name is not None or row.context_window is not None)
        and prices is not None
        and prices.input is not None
        and prices.output is not None
        and _OTHER_PURPOSES.isdisjoint(row.id.split("-"))
    )


def _model(row: ModelInfo, day: date) -> ListedModel:
    stated = {"kind": ModelKind.CHAT, "context_window": row.context_window, "prices": prices_on(row, day)}
    known = {field: value for field, value in stated.items() if value is not None}
    facts = ModelFacts.model_validate({**known, "from_catalogue": tuple(sorted(known))})
    return ListedModel(model_id=row.id, facts=facts)
