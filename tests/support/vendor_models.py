"""Rows of the vendors' listings with ids that they list, for the servers of vendor_servers.py."""

from typing import Any

Row = dict[str, Any]


def openai_row(model_id: str, created: int = 1_715_367_049, **more: Any) -> Row:
    """A row as https://platform.openai.com/docs/api-reference/models/object has it."""
    return {"id": model_id, "object": "model", "created": created, "owned_by": "system", **more}


def anthropic_row(model_id: str, display_name: str = "Claude", **more: Any) -> Row:
    """A row as https://platform.claude.com/docs/en/api/models-list has it."""
    told = {
        "type": "model",
        "id": model_id,
        "display_name": display_name,
        "created_at": "2025-02-19T00:00:00Z",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
        "capabilities": anthropic_capabilities(),
    }
    return {**told, **more}


def anthropic_capabilities() -> Row:
    """The documented tree, every capability supported but one."""
    yes = {"supported": True}
    return {
        "batch": yes,
        "citations": yes,
        "code_execution": yes,
        "context_management": {"supported": True, "clear_tool_uses_20250919": yes},
        "effort": {"supported": True, "low": yes, "medium": yes, "high": yes, "max": {"supported": False}},
        "image_input": yes,
        "pdf_input": yes,
        "structured_outputs": yes,
        "thinking": {"supported": True, "types": {"adaptive": yes, "enabled": yes}},
    }


def gemini_row(model_id: str, *methods: str, **more: Any) -> Row:
    """A row as https://ai.google.dev/api/models has it; without methods it is a chat model."""
    return {
        "name": f"models/{model_id}",
        "version": "001",
        "displayName": model_id.replace("-", " ").title(),
        "description": f"The model {model_id}",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": list(methods)
        or ["generateContent", "countTokens", "createCachedContent"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        **more,
    }


OPENAI_MODELS: list[Row] = [
    openai_row("gpt-4o", 1_715_367_049),
    openai_row("gpt-4.1-mini", 1_744_318_173),
    openai_row("gpt-5", 1_754_425_777),
    openai_row("o3", 1_744_225_308),
    openai_row("text-embedding-3-small", 1_705_948_997),
    openai_row("whisper-1", 1_677_532_384, owned_by="openai-internal"),
    openai_row("gpt-image-1", 1_745_517_030),
    openai_row("omni-moderation-latest", 1_731_689_265),
]

ANTHROPIC_MODELS: list[Row] = [
    anthropic_row(
        "claude-opus-4-1-20250805", "Claude Opus 4.1", created_at="2025-08-05T00:00:00Z", max_tokens=32_000
    ),
    anthropic_row("claude-sonnet-4-20250514", "Claude Sonnet 4", created_at="2025-05-22T00:00:00Z"),
    anthropic_row("claude-3-7-sonnet-20250219", "Claude Sonnet 3.7", created_at="2025-02-24T00:00:00Z"),
    anthropic_row(
        "claude-3-5-haiku-20241022", "Claude Haiku 3.5", created_at="2024-10-22T00:00:00Z", max_tokens=8_192
    ),
    anthropic_row(
        "claude-3-haiku-20240307", "Claude Haiku 3", created_at="1970-01-01T00:00:00Z", max_tokens=4_096
    ),
]

GEMINI_MODELS: list[Row] = [
    gemini_row("gemini-2.5-pro", thinking=True),
    gemini_row("gemini-2.5-flash", thinking=True),
    gemini_row("gemini-2.0-flash"),
    gemini_row(
        "gemini-embedding-001", "embedContent", "countTextTokens", inputTokenLimit=2_048, outputTokenLimit=1
    ),
    gemini_row("imagen-4.0-generate-001", "predict"),
    gemini_row("veo-3.0-generate-001", "predictLongRunning"),
]
