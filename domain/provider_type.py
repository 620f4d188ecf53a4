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
