"""List a scripted vendor's models as Keyroll does, without waiting between attempts."""

import asyncio
from typing import Any

import pytest

from adapters.drivers.registry import BaseUrls, driver_for
from adapters.outbound.answer import Limits
from adapters.outbound.client import Outbound
from domain.listing import Listing, ListingError
from domain.provider_type import ProviderType
from domain.secret import Secret
from tests.support.vendor_models import (
    ANTHROPIC_MODELS,
    GEMINI_MODELS,
    OPENAI_MODELS,
)
from tests.support.vendor_servers import AnthropicServer, GeminiServer, OpenAIServer, VendorServer

KEY = "sk-canary-0123456789"
VENDORS: list[tuple[ProviderType, type[VendorServer], list[dict[str, Any]]]] = [
    (ProviderType.OPENAI, OpenAIServer, OPENAI_MODELS),
    (ProviderType.OPENAI_COMPLETIONS, OpenAIServer, OPENAI_MODELS),
    (ProviderType.ANTHROPIC, AnthropicServer, ANTHROPIC_MODELS),
    (ProviderType.GEMINI, GeminiServer, GEMINI_MODELS),
]
every_vendor = pytest.mark.parametrize(("provider_type", "server", "models"), VENDORS)
TYPE_OF = {server: provider_type for provider_type, server, _ in VENDORS}


def list_from(vendor: VendorServer, key: str = KEY, provider_type: ProviderType | None = None) -> Listing:
    async def no_sleep(_: float) -> None:
        pass

    async def run() -> Listing:
        url = vendor.base_url
        outbound = Outbound(trusted_origins=[url], limits=Limits(read=1.0), sleep=no_sleep)
        try:
            chosen = provider_type or TYPE_OF[type(vendor)]
            return await driver_for(chosen, outbound, BaseUrls(url, url, url)).list_models(Secret(key))
        finally:
            await outbound.aclose()

    return asyncio.run(run())


def failure_of(vendor: VendorServer, key: str = KEY) -> ListingError:
    with pytest.raises(ListingError) as caught:
        list_from(vendor, key)
    return caught.value
