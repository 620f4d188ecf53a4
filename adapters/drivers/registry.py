"""Which driver serves which provider type, and where the vendors are."""

from dataclasses import dataclass
from typing import assert_never

from adapters.drivers.anthropic import AnthropicListing
from adapters.drivers.driver import ListingDriver
from adapters.drivers.gemini import GeminiListing
from adapters.drivers.openai import OpenAIListing
from adapters.outbound.client import Outbound
from domain.provider_type import ProviderType


@dataclass(frozen=True, slots=True)
class BaseUrls:
    """Where the vendors' own APIs are reached."""

    openai: str = "https://api.openai.com/v1"
    anthropic: str = "https://api.anthropic.com"
    gemini: str = "https://generativelanguage.googleapis.com/v1beta"


def driver_for(provider_type: ProviderType, outbound: Outbound, base_urls: BaseUrls) -> ListingDriver:
    """The driver that lists the models of a provider of this type."""
    match provider_type:
        case ProviderType.OPENAI | ProviderType.OPENAI_COMPLETIONS:
            return OpenAIListing(outbound, base_urls.openai)
        case ProviderType.ANTHROPIC:
            return AnthropicListing(outbound, base_urls.anthropic)
        case ProviderType.GEMINI:
            return GeminiListing(outbound, base_urls.gemini)
        case _:
            assert_never(provider_type)
