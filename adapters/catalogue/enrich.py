"""Fill in what a vendor's listing is silent about."""

from datetime import date
from typing import Any

from genai_prices.types import ModelInfo

from adapters.catalogue.prices import prices_on
from adapters.catalogue.rows import VENDORS, rows_of
from domain.listing import ListedModel, Listing
from domain.provider_type import ProviderType


def enrich(listing: Listing, provider_type: ProviderType, day: date) -> Listing:
    """The listing with context windows and prices of that day from the catalogue, where it states none.

    What the listing states stays as it is. Equal listings on equal days are enriched alike, so a model's
    facts change only if the listing does, or the catalogue's price does on that day.

    No name is filled in: a row of the catalogue stands for several ids, and its name for none in particular.
    """
    if provider_type not in VENDORS:
        return listing
    found = rows_of(provider_type).among([model.model_id for model in listing.models])
    if not found:
        return listing
    models = tuple(
        model if (row := found.get(model.model_id)) is None else _filled(model, row, day)
        for model in listing.models
    )
    return listing.model_copy(update={"models": models})


def _filled(model: ListedModel, row: ModelInfo, day: date) -> ListedModel:
    facts = model.facts
    fills: dict[str, Any] = {}
    if facts.context_window is None and row.context_window is not None:
        fills["context_window"] = row.context_window
    if facts.prices is None and (prices := prices_on(row, day)) is not None:
        fills["prices"] = prices
    if not fills:
        return model
    fills["from_catalogue"] = tuple(sorted(fills))
    return model.model_copy(update={"facts": facts.model_copy(update=fills)})
