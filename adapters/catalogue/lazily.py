"""The catalogue for the rest of Keyroll: imported by the first question, for that takes 0.2 s and 11 MB."""

from datetime import date

from domain.listing import ListedModel, Listing
from domain.provider_type import ProviderType


def enrich(listing: Listing, provider_type: ProviderType, day: date) -> Listing:
    """The listing with what it is silent about filled in; see :mod:`adapters.catalogue.enrich`."""
    from adapters.catalogue import enrich as catalogue  # noqa: PLC0415  # see above

    return catalogue.enrich(listing, provider_type, day)


def current_models(provider_type: ProviderType, day: date) -> tuple[ListedModel, ...]:
    """The vendor's current models for conversation; see :mod:`adapters.catalogue.roll`."""
    from adapters.catalogue import roll  # noqa: PLC0415  # see above

    return roll.current_models(provider_type, day)
