"""How Responses requests are read, and which field is named of one that cannot be."""

import json
from typing import Any

import pytest

from api.calls import responses
from api.calls.decoded import BadCall, Decoded
from api.calls.responses_reasoning import CallSignature, carried, carried_signature
from domain.call import OutputFormat, Thinking
from domain.conversation import (
    Image,
    Message,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
CALLED = {"type": "function_call", "call_id": "call_a", "name": "weather", "arguments": '{"city":"Oslo"}'}
ANSWERED = {"type": "function_call_output", "call_id": "call_a", "output": "-3"}
USED = ToolUse("call_a", "weather", '{"city":"Oslo"}')


def decoded(**fields: Any) -> Decoded:
    return responses.decode(json.dumps({"input": "Hello"} | fields).encode())


def refused(**fields: Any) -> BadCall:
    with pytest.raises(BadCall) as caught:
        decoded(**fields)
    return caught.value


def read(*items: Any) -> tuple[Message, ...]:
    return decoded(input=list(items)).call.messages


def by_model(*parts: Any) -> Message:
    return Message(Role.ASSISTANT, parts)


def test_a_text_is_a_message_of_the_user_after_the_instructions() -> None:
    found = decoded(instructions="Be brief.")
    assert found.call.messages == (
        Message(Role.SYSTEM, (Text("Be brief."),)),
        Message(Role.USER, (Text("Hello"),)),
    )
    assert found.name_of("messages[0].parts[0]") == "instructions"
    assert found.name_of("messages[1].parts[0]") == "input"


def test_messages_need_no_type_and_have_text_or_parts() -> None:
    assert read(
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be kind."}]},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is it?"},
                {"type": "input_image", "image_url": "https://example.com/a.png"},
                {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "low"},
            ],
        },
    ) == (
        Message(Role.SYSTEM, (Text("Be brief."),)),
        Message(Role.SYSTEM, (Text("Be kind."),)),
        Message(
            Role.USER,
            (
                Text("What is it?"),
                Image(url="https://example.com/a.png"),
                Image(media_type="image/png", data="aGk=", detail="low"),
            ),
        ),
    )


def test_what_a_model_did_without_a_break_is_one_message_and_its_parts_keep_their_names() -> None:
    spoken = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "phase": "commentary",
        "content": [
            {"type": "output_text", "text": "Hm.", "annotations": [], "logprobs": []},
            {"type": "refusal", "refusal": "No."},
        ],
    }
    found = decoded(
        input=[
            {"role": "user", "content": "Go"},
            spoken,
            CALLED,
            ANSWERED,
            {"role": "user", "content": "So?"},
        ]
    )
    assert found.call.messages == (
        Message(Role.USER, (Text("Go"),)),
        by_model(Text("Hm."), Refusal("No."), USED),
        Message(Role.TOOL, (ToolResult("call_a", "weather", (Text("-3"),)),)),
        Message(Role.USER, (Text("So?"),)),
    )
    assert found.name_of("messages[1].parts[1]") == "input[1].content[1]"
    assert found.name_of("messages[1].parts[2]") == "input[2]"
    assert found.name_of("messages[2].parts[0].is_error") == "input[3]"
    assert found.name_of("messages[2].parts[0].content[0]") == "input[3].output"


def test_results_of_tools_may_hold_images_and_bear_the_calls_name() -> None:
    output = [
        {"type": "input_text", "text": "See"},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
    ]
    found = decoded(input=[CALLED, ANSWERED | {"output": output, "name": "weather"}])
    image = Image(url="https://example.com/a.png")
    assert found.call.messages[1].parts == (ToolResult("call_a", "weather", (Text("See"), image)),)
    assert found.name_of("messages[1].parts[0].content[1]") == "input[1].output[1]"


@pytest.mark.parametrize(
    "reasoning",
    [
        Reasoning("It asks for Oslo.", Protocol.MESSAGES, "c2ln"),
        Reasoning("", Protocol.MESSAGES, "c2ln", redacted=True),
        Reasoning("It asks for Oslo.", Protocol.CHAT, id="r1"),
    ],
)
def test_thoughts_come_back_as_they_went(reasoning: Reasoning) -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a client's own words"}],
        "encrypted_content": carried(reasoning),
    }
    assert read(item, CALLED) == (by_model(reasoning, USED),)


def test_openais_own_thoughts_stay_its_own() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "status": "completed",
        "summary": [{"type": "summary_text", "text": "Cold"}, {"type": "summary_text", "text": "there"}],
        "encrypted_content": "gAAAA",
    }
    own = Reasoning("Cold\n\nthere", Protocol.RESPONSES, "gAAAA", id="rs_1")
    assert read(item) == (by_model(own),)
    assert carried(own) == "gAAAA"
    shown = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}]}
    assert read(shown) == (by_model(Reasoning("Hm", Protocol.RESPONSES)),)


def test_a_calls_signature_comes_back_to_its_call() -> None:
    signature = {
        "type": "reasoning",
        "summary": [],
        "encrypted_content": carried_signature(CallSignature("call_a", "c2ln")),
    }
    other = CALLED | {"call_id": "call_b"}
    assert read(signature, CALLED, other) == (
        by_model(
            ToolUse("call_a", "weather", '{"city":"Oslo"}', "c2ln"),
            ToolUse("call_b", "weather", '{"city":"Oslo"}'),
        ),
    )


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
        ({"prompt_cache_key": "k"}, "prompt_cache_key"),
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


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"type": "web_search_call", "id": "ws_1"}, "input[1].type"),
        ({"type": "item_reference", "id": "msg_1"}, "input[1]"),
        ({"id": "msg_1"}, "input[1]"),
        ({"type": 7}, "input[1].type"),
        ({"role": "critic", "content": "x"}, "input[1].role"),
        ({"role": "user"}, "input[1].content"),
        ({"role": "user", "content": "x", "mood": "good"}, "input[1].mood"),
        ({"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}, "input[1].content[0].type"),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "ftp://x"}]},
            "input[1].content[0].image_url",
        ),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "", "file_id": "f"}]},
            "input[1].content[0].file_id",
        ),
        (ANSWERED | {"call_id": "call_b"}, "input[1].call_id"),
        (ANSWERED | {"name": "clock"}, "input[1].name"),
        (CALLED | {"namespace": "n"}, "input[1].namespace"),
        ({"type": "reasoning", "encrypted_content": "keyroll1.changed"}, "input[1].encrypted_content"),
    ],
)
def test_an_item_that_cannot_be_translated_is_refused_by_its_place(item: Any, field: str) -> None:
    assert refused(input=[CALLED, item]).field == field


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"input": "\xff"}', b'{"input":' + b"[" * 9999])
def test_what_is_no_call_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(BadCall):
        responses.decode(body)
