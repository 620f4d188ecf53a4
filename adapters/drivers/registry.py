"""Which driver serves which provider type, and where the vendors are."""

from dataclasses import dataclass, replace
from typing import Self, assert_never

from adapters.drivers.anthropic import AnthropicListing
from adapters.drivers.driver import ListingDriver
from adapters.drivers.gemini import GeminiListing
from adapters.drivers.openai import OpenAIListing
from adapters.drivers.simulator import SimulatorListing
from adapters.outbound.client import Outbound
from domain.provider_type import ProviderType


@dataclass(frozen=True, slots=True)
class BaseUrls:
    """Where the vendors' own APIs are reached."""

    openai: str = "https://api.openai.com/v1"
    anthropic: str = "https://api.anthropic.com"
    gemini: str = "https://generativelanguage.googleapis.com/v1beta"

    def at(self, provider_type: ProviderType, base_url: str | None) -> Self:
        """The same, but this type's API at another address; None leaves it at the vendor's own."""
        if base_url is None:
            return self
        match provider_type:
            case ProviderType.OPENAI | ProviderType.OPENAI_COMPLETIONS:
                return replace(self, openai=base_url)
            case ProviderType.ANTHROPIC:
                return replace(self, anthropic=base_url)
            case ProviderType.GEMINI:
                return replace(self, gemini=base_url)
            case ProviderType.SIMULATOR:
                return self  # it is nowhere


def driver_for(provider_type: ProviderType, outbound: Outbound, base_urls: BaseUrls) -> ListingDriver:
    """The driver that lists the models of a provider of this type."""
    match provider_type:
        case ProviderType.OPENAI | ProviderType.OPENAI_COMPLETIONS:
            return OpenAIListing(outbound, base_urls.openai)
        case ProviderType.ANTHROPIC:
            return AnthropicListing(outbound, base_urls.anthropic)
        case ProviderType.GEMINI:
            return GeminiListing(outbound, base_urls.gemini)
        case ProviderType.SIMULATOR:
            return SimulatorListing()
        case _:
            assert_never(provider_type)
