"""How Responses requests are read, and which field is named of one that cannot be."""

from typing import Any

import pytest

from api.calls import responses
from api.calls.decoded import BadCall
from domain.call import OutputFormat, Thinking
from domain.conversation import (
    Tool,
    ToolChoice,
)
from tests.api.calls.responses_asked import SCHEMA, decoded, refused


def test_what_is_said_of_sampling_form_and_thinking_is_kept() -> None:
    found = decoded(
        model="gpt-x",
        stream=True,
        timeout=9,
        parallel_tool_calls=False,
        max_output_tokens=50,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        text={"format": {"type": "json_schema", "name": "place", "schema": SCHEMA, "strict": True}},
        reasoning={"effort": "high", "summary": "auto"},
        user="ada",
        metadata={"ticket": "7"},
        include=["reasoning.encrypted_content"],
        store=True,
        truncation="disabled",
        background=False,
        previous_response_id=None,
        service_tier="auto",
    )
    call = found.call
    assert (found.model, found.timeout, call.stream) == ("gpt-x", 9, True)
    assert (call.parallel_tool_calls, call.max_output_tokens) == (False, 50)
    assert (call.temperature, call.top_p, call.top_k) == (0.5, 0.9, 5)
    assert (call.presence_penalty, call.frequency_penalty) == (0.1, -0.1)
    assert call.output_format == OutputFormat(SCHEMA, "place", strict=True)
    assert call.thinking == Thinking(effort="high", summary=True)
    assert call.user == "ada"


@pytest.mark.parametrize(
    ("reasoning", "thinking"),
    [
        ({}, None),
        ({"effort": None, "summary": None}, None),
        ({"max_tokens": 2048}, Thinking(budget=2048)),
        ({"generate_summary": "detailed"}, Thinking(summary=True)),
        ({"effort": "none", "mode": "standard", "context": "auto"}, Thinking(effort="none")),
    ],
)
def test_thinking_has_an_effort_or_a_budget_and_is_shown_if_asked(
    reasoning: dict[str, Any], thinking: Thinking | None
) -> None:
    assert decoded(reasoning=reasoning).call.thinking == thinking


@pytest.mark.parametrize(
    ("text", "output_format"),
    [
        ({}, None),
        ({"format": {"type": "text"}, "verbosity": "medium"}, None),
        ({"format": {"type": "json_object"}}, OutputFormat()),
    ],
)
def test_the_form_of_the_words(text: dict[str, Any], output_format: OutputFormat | None) -> None:
    assert decoded(text=text).call.output_format == output_format


TOOL = {"type": "function", "name": "weather", "description": "Where", "parameters": SCHEMA, "strict": True}
NOW = {"type": "function", "name": "now"}


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("required", ToolChoice("required")),
        (None, None),
        ({"type": "function", "name": "now"}, ToolChoice("named", "now")),
    ],
)
def test_tools_and_their_choice(choice: object, found: ToolChoice | None) -> None:
    call = decoded(tools=[TOOL, NOW], tool_choice=choice).call
    assert call.tools == (
        Tool("weather", "Where", SCHEMA, strict=True),
        Tool("now", None, {"type": "object", "properties": {}}),
    )
    assert call.tool_choice == found


def test_allowed_tools_are_the_only_ones_offered_and_keep_the_callers_names() -> None:
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "now"}]}
    found = decoded(tools=[TOOL, NOW], tool_choice=allowed)
    assert [tool.name for tool in found.call.tools] == ["now"]
    assert found.call.tool_choice == ToolChoice("required")
    assert found.name_of("tools[0].parameters") == "tools[1]"


def test_names_of_what_other_protocols_cannot_say_are_the_callers() -> None:
    found = decoded(safety_identifier="ada")
    names = {
        "thinking.budget": "reasoning.max_tokens",
        "thinking.effort": "reasoning.effort",
        "output_format.schema": "text.format.schema",
        "user": "safety_identifier",
        "top_k": "top_k",
    }
    assert {neutral: found.name_of(neutral) for neutral in names} == names
    assert decoded(user="ada").name_of("user") == "user"


def test_what_is_said_of_the_prompt_cache_changes_no_answer_and_is_passed_over() -> None:
    cached = {"prompt_cache_key": "k", "prompt_cache_retention": "24h", "prompt_cache_options": {"ttl": 1}}
    assert decoded(**cached).call == decoded().call


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"background": True}, "background"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"truncation": "auto"}, "truncation"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"max_tool_calls": 3}, "max_tool_calls"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"text": {"verbosity": "low"}}, "text.verbosity"),
        ({"reasoning": {"mode": "pro"}}, "reasoning.mode"),
        ({"reasoning": {"effort": "low", "max_tokens": 9}}, "reasoning.max_tokens"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
        ({"user": "ada", "safety_identifier": "bob"}, "user"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"tools": [TOOL, {"type": "web_search"}]}, "tools[1].type"),
        ({"tools": [TOOL | {"defer_loading": True}]}, "tools[0].defer_loading"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tool_choice": {"type": "web_search"}}, "tool_choice.type"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.name"),
        (
            {"tool_choice": {"type": "allowed_tools", "tools": [{"type": "function", "name": "x"}]}},
            "tool_choice.tools[0].name",
        ),
        ({"unheard_of": 1}, "unheard_of"),
        ({"input": []}, "input"),
        ({"input": None}, "input"),
        ({"input": [7]}, "input[0]"),
    ],
)
def test_what_cannot_be_translated_is_refused_by_the_callers_name(fields: Any, field: str) -> None:
    error = refused(**fields)
    assert error.field == field
    assert error.reason


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"input": "\xff"}', b'{"input":' + b"[" * 9999])
def test_what_is_no_call_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(BadCall):
        responses.decode(body)
