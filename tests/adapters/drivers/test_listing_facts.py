"""What each driver makes of its vendor's rows."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from domain.listing import ModelFacts, ModelKind
from tests.support.listing import KEY, list_from
from tests.support.vendor_models import (
    anthropic_row,
    gemini_row,
    openai_row,
)
from tests.support.vendor_servers import AnthropicServer, GeminiServer, OpenAIServer, VendorServer


def facts_of(server: type[VendorServer], row: object) -> ModelFacts:
    with server(KEY, [row]) as vendor:
        return list_from(vendor).models[0].facts


def test_openai_rows_become_facts() -> None:
    row = openai_row("gpt-4o", 1_715_367_049, shutdown_date="2027-02-01", unheard_of={"a": 1})
    assert facts_of(OpenAIServer, row) == ModelFacts(
        kind=ModelKind.CHAT,
        owned_by="system",
        released_at=datetime(2024, 5, 10, 18, 50, 49, tzinfo=UTC),
        retires_at=datetime(2027, 2, 1, tzinfo=UTC),
    )


def test_a_bare_array_is_a_listing_too() -> None:
    row = {"id": "meta-llama/Llama-3.3-70B", "created": 0, "display_name": "Llama", "context_length": 131_072}
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(f"[{row}]".replace("'", '"').encode())
        (model,) = list_from(vendor).models
    assert model.facts == ModelFacts(display_name="Llama", context_window=131_072)


def test_a_creation_that_is_always_now_is_no_fact() -> None:
    row = openai_row("llama", owned_by="vllm", max_model_len=4_096)
    assert facts_of(OpenAIServer, row) == ModelFacts(owned_by="vllm", context_window=4_096)


def test_anthropic_rows_become_facts() -> None:
    facts = facts_of(AnthropicServer, anthropic_row("claude-opus-4-1-20250805", "Claude Opus 4.1"))
    assert facts == ModelFacts(
        kind=ModelKind.CHAT,
        display_name="Claude Opus 4.1",
        context_window=200_000,
        max_output_tokens=64_000,
        input_modalities=("text", "image"),
        capabilities={
            "batch": True,
            "citations": True,
            "code_execution": True,
            "context_management": True,
            "context_management.clear_tool_uses_20250919": True,
            "effort": True,
            "effort.low": True,
            "effort.medium": True,
            "effort.high": True,
            "effort.max": False,
            "vision": True,
            "pdf": True,
            "structured_output": True,
            "thinking": True,
            "thinking.adaptive": True,
            "thinking.enabled": True,
        },
        released_at=datetime(2025, 2, 19, tzinfo=UTC),
    )


def test_a_model_that_cannot_see_takes_text_alone() -> None:
    row = anthropic_row("claude-9", capabilities={"image_input": {"supported": False}})
    facts = facts_of(AnthropicServer, row)
    assert (facts.input_modalities, facts.capabilities) == (("text",), {"vision": False})


def test_gemini_rows_become_facts() -> None:
    assert facts_of(GeminiServer, gemini_row("gemini-2.5-pro", thinking=True)) == ModelFacts(
        kind=ModelKind.CHAT,
        display_name="Gemini 2.5 Pro",
        description="The model gemini-2.5-pro",
        context_window=1_048_576,
        max_output_tokens=65_536,
        capabilities={"batch": False, "caching": True, "thinking": True},
    )


NONSENSE: Sequence[object] = (None, True, -1, 0, 1.5, 2**60, "", " ", "\x00", "x" * 10_001, [], {}, [[]])


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: repr(value)[:12])
def test_an_optional_fact_of_a_wrong_type_counts_as_not_said(nonsense: object) -> None:
    names = ("created", "shutdown_date", "owned_by", "max_model_len", "display_name", "max_completion_tokens")
    openai = {"id": "a", **dict.fromkeys(names, nonsense)}
    anthropic = {"id": "a", "capabilities": nonsense, "created_at": nonsense, "max_tokens": nonsense}
    gemini = {"name": "models/a", "displayName": nonsense, "outputTokenLimit": nonsense, "thinking": 3}
    assert facts_of(OpenAIServer, openai) == ModelFacts()
    assert facts_of(AnthropicServer, anthropic) == ModelFacts(kind=ModelKind.CHAT)
    assert facts_of(GeminiServer, gemini) == ModelFacts()
