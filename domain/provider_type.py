"""Which API a provider speaks."""

from enum import StrEnum


class ProviderType(StrEnum):
    """The protocols that Keyroll speaks. The values are part of the API."""

    OPENAI = "openai"
    OPENAI_COMPLETIONS = "openai_completions"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    SIMULATOR = "simulator"
    """No vendor: answered inside this process, without key and network, for trying things out."""


def no_credential(provider_type: ProviderType) -> str:
    """What is the matter with a provider of this type that has nothing to be called with, and what to do."""
    if provider_type is ProviderType.SIMULATOR:
        return (
            "is a simulator, and those are switched off here. "
            "Set KEYROLL_ALLOW_SIMULATOR=true where they are wanted."
        )
    return "has no key. PATCH it with an api_key."
