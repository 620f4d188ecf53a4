"""A Chat Completions request is read in full, or refused with the caller's own name of the field."""

import json
from typing import Any

import pytest

from api.calls import chat
from api.calls.decoded import BadCall, Decoded
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

HELLO = {"role": "user", "content": "Hello"}
CALL = {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
ASKED = {"role": "assistant", "content": None, "tool_calls": [CALL]}


def _decode(**body: Any) -> Decoded:
    return chat.decode(json.dumps({"messages": [HELLO]} | body).encode())


def _refusal(**body: Any) -> BadCall:
    with pytest.raises(BadCall) as caught:
        _decode(**body)
    assert caught.value.reason
    return caught.value


def _message(*messages: dict[str, Any]) -> Message:
    """The last of them."""
    return _decode(messages=list(messages)).call.messages[-1]


def test_a_call_that_says_nothing_more_leaves_all_to_the_vendor() -> None:
    decoded = _decode()
    assert decoded == Decoded(call=decoded.call, model=None, fields=decoded.fields, include_usage=False)
    assert decoded.call.messages == (Message(Role.USER, (Text("Hello"),)),)
    assert decoded.call.thinking is None
    assert decoded.call.output_format is None
    assert decoded.call.stream is False


def test_the_model_and_the_deadline_and_the_wish_for_usage_are_read() -> None:
    decoded = _decode(model="gpt", timeout=30, stream=True, stream_options={"include_usage": True})
    assert (decoded.model, decoded.timeout, decoded.call.stream, decoded.include_usage) == (
        "gpt",
        30,
        True,
        True,
    )


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_system_and_the_developer_speak_with_one_voice(role: str) -> None:
    assert _message({"role": role, "content": "Be brief."}) == Message(Role.SYSTEM, (Text("Be brief."),))
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert _message({"role": role, "content": parts}) == Message(Role.SYSTEM, (Text("a"), Text("b")))


def test_images_come_by_url_or_as_data() -> None:
    svg = "data:image/svg+xml;charset=utf-8;base64,PHN2Zz4="
    content = [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "http://example.com/a.png", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": svg}},
    ]
    assert _message({"role": "user", "content": content}).parts == (
        Text("See"),
        Image(url="http://example.com/a.png", detail="high"),
        Image(media_type="image/svg+xml", data="PHN2Zz4="),
    )


def test_an_answers_message_goes_back_as_the_official_client_dumps_it() -> None:
    dumped = ASKED | {"refusal": None, "annotations": [], "audio": None, "function_call": None}
    assert _message(dumped) == Message(Role.ASSISTANT, (ToolUse("call_a", "weather", "{}"),))


def test_refusals_are_read_from_either_place() -> None:
    part = {"type": "refusal", "refusal": "No."}
    assert _message({"role": "assistant", "content": [part]}).parts == (Refusal("No."),)
    assert _message({"role": "assistant", "content": "", "refusal": "No."}).parts == (Refusal("No."),)


def test_a_tools_result_bears_the_name_of_its_function_and_may_hold_images() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    content = [{"type": "text", "text": "See"}, image]
    answered = _message(ASKED, {"role": "tool", "tool_call_id": "call_a", "content": content})
    shown = (Text("See"), Image(url="https://example.com/a.png"))
    assert answered == Message(Role.TOOL, (ToolResult("call_a", "weather", shown),))
    named = {"role": "tool", "tool_call_id": "call_a", "content": "-3", "name": "weather"}
    assert _message(ASKED, named).parts == (ToolResult("call_a", "weather", (Text("-3"),)),)


def test_thoughts_come_back_from_their_details_or_else_from_their_text() -> None:
    detail = {
        "type": "reasoning",
        "index": 0,
        "protocol": "messages",
        "text": "Hm.",
        "signature": "c2ln",
        "redacted": True,
        "id": "rs_1",
    }
    spoken = {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."}
    full = _message(spoken | {"reasoning_details": [detail, {"type": "reasoning", "protocol": "chat"}]})
    assert full.parts == (
        Reasoning("Hm.", Protocol.MESSAGES, "c2ln", redacted=True, id="rs_1"),
        Reasoning("", Protocol.CHAT),
        Text("Hi"),
    )
    assert _message(spoken).parts == (Reasoning("Hm.", Protocol.CHAT), Text("Hi"))
    other_name = {"role": "assistant", "content": "Hi", "reasoning": "Hm."}
    assert _message(other_name).parts == (Reasoning("Hm.", Protocol.CHAT), Text("Hi"))


@pytest.mark.parametrize(
    ("extra", "signature"),
    [({"google": {"thought_signature": "c2ln"}}, "c2ln"), ({"google": {}}, None), ({}, None), (None, None)],
)
def test_geminis_signature_comes_back_on_its_call(extra: Any, signature: str | None) -> None:
    call = CALL | {"index": 0, "extra_content": extra}
    use = ToolUse("call_a", "weather", "{}", signature)
    assert _message({"role": "assistant", "tool_calls": [call]}).parts == (use,)


def test_tools_and_their_choice_are_read() -> None:
    bare = {"type": "function", "function": {"name": "now"}}
    choice = {"type": "function", "function": {"name": "now"}}
    call = _decode(tools=[bare], tool_choice=choice, parallel_tool_calls=False).call
    assert call.tools == (Tool("now", None, {"type": "object", "properties": {}}),)
    assert call.tool_choice == ToolChoice("named", "now")
    assert call.parallel_tool_calls is False
    assert _decode(tool_choice="required").call.tool_choice == ToolChoice("required")


def test_the_form_of_the_answer_is_read() -> None:
    assert _decode(response_format={"type": "text"}).call.output_format is None
    assert _decode(response_format={"type": "json_object"}).call.output_format == OutputFormat()
    schema = {"name": "place", "schema": {"type": "object"}, "strict": True, "description": "A place"}
    wanted = _decode(response_format={"type": "json_schema", "json_schema": schema}).call.output_format
    assert wanted == OutputFormat({"type": "object"}, "place", strict=True, description="A place")


@pytest.mark.parametrize(
    ("said", "thinking"),
    [
        ({"reasoning_effort": "high"}, Thinking(effort="high")),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, Thinking(budget=2048, summary=True)),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, Thinking()),
        ({"thinking": {"type": "adaptive"}, "reasoning_effort": "low"}, Thinking(effort="low", summary=True)),
        ({"thinking": {"type": "disabled"}}, Thinking(effort="none")),
    ],
)
def test_thinking_is_read_as_effort_or_as_budget(said: dict[str, Any], thinking: Thinking) -> None:
    assert _decode(**said).call.thinking == thinking


def test_fields_of_two_names_are_read_by_either() -> None:
    assert _decode(max_tokens=5).call.max_output_tokens == 5
    assert _decode(max_completion_tokens=5, max_tokens=5).call.max_output_tokens == 5
    assert _decode(safety_identifier="ada").call.user == "ada"
    assert _decode(stop="a").call.stop == ("a",)
    assert _decode(stop=["a", "b"]).call.stop == ("a", "b")


@pytest.mark.parametrize(
    "harmless",
    [
        {"n": 1},
        {"logprobs": False, "top_logprobs": 0},
        {"logit_bias": {}, "metadata": {}, "store": False},
        {"modalities": ["text"], "service_tier": "auto", "verbosity": "medium"},
        {"functions": None, "prediction": None, "web_search_options": None, "audio": None},
        {"stream_options": {"include_usage": False, "include_obfuscation": False}},
    ],
)
def test_what_asks_for_nothing_is_no_reason_to_refuse(harmless: dict[str, Any]) -> None:
    assert _decode(**harmless).call == _decode().call


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"50": 1}}, "logit_bias"),
        ({"store": True}, "store"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"functions": [{"name": "now"}]}, "functions"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"invented": 1}, "invented"),
        ({"messages": []}, "messages"),
        ({"messages": [HELLO | {"name": "ada"}]}, "messages[0].name"),
        ({"messages": [HELLO, {"role": "function", "content": "x", "name": "now"}]}, "messages[1].role"),
        ({"messages": [HELLO, {"content": "x"}]}, "messages[1].role"),
        ({"messages": [HELLO, {"role": "user"}]}, "messages[1].content"),
        ({"messages": [HELLO | {"cache_control": {}}]}, "messages[0].cache_control"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "input_audio"}]}
                ]
            },
            "messages[0].content[1].type",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png"}}]}
                ]
            },
            "messages[0].content[0].image_url.url",
        ),
        (
            {"messages": [ASKED | {"tool_calls": [CALL | {"type": "custom"}]}]},
            "messages[0].tool_calls[0].type",
        ),
        ({"messages": [ASKED | {"annotations": [{}]}]}, "messages[0].annotations"),
        ({"messages": [{"role": "tool", "tool_call_id": "x", "content": ""}]}, "messages[0].tool_call_id"),
        (
            {"messages": [ASKED, {"role": "tool", "tool_call_id": "call_a", "content": "", "name": "now"}]},
            "messages[1].name",
        ),
        (
            {
                "messages": [
                    {"role": "assistant", "reasoning_details": [{"type": "reasoning", "protocol": "magic"}]}
                ]
            },
            "messages[0].reasoning_details[0].protocol",
        ),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.type"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            "response_format.json_schema.schema",
        ),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1, "max_completion_tokens": 2}, "max_tokens"),
        ({"user": "ada", "safety_identifier": "bob"}, "user"),
        ({"reasoning_effort": "huge"}, "reasoning_effort"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"thinking": {"type": "disabled"}, "reasoning_effort": "low"}, "reasoning_effort"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 5}, "reasoning_effort": "low"},
            "reasoning_effort",
        ),
        ({"timeout": 601}, "timeout"),
        ({"timeout": 0}, "timeout"),
        ({"temperature": "hot"}, "temperature"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
    ],
)
def test_what_cannot_be_served_is_refused_by_the_callers_name_of_it(body: dict[str, Any], field: str) -> None:
    assert _refusal(**body).field == field


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"messages": ' + b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(BadCall) as caught:
        chat.decode(body)
    assert caught.value.field is None or body.startswith(b'{"messages"')


def test_a_schema_nested_without_end_is_refused() -> None:
    deep = b'{"type": "function", "function": {"name": "x", "parameters": ' + b'{"a": ' * 100_000
    with pytest.raises(BadCall, match="nested too deep"):
        chat.decode(b'{"messages": [{"role": "user", "content": "x"}], "tools": [' + deep)


def test_a_field_with_an_endless_name_is_named_in_short() -> None:
    assert _refusal(**{"x" * 10_000: 1}).field == "x" * 200


@pytest.mark.parametrize(
    ("neutral", "callers"),
    [
        ("messages[0].parts[1]", "messages[0].content[1]"),
        ("messages[1].parts[0]", "messages[1].reasoning_content"),
        ("messages[1].parts[1]", "messages[1].content"),
        ("messages[1].parts[2]", "messages[1].refusal"),
        ("messages[1].parts[3].arguments", "messages[1].tool_calls[0]"),
        ("messages[2].parts[0].content[0]", "messages[2].content[0]"),
        ("messages[2].parts[0].is_error", "messages[2]"),
        ("messages[2]", "messages[2]"),
        ("tools[0].parameters", "tools[0].function.parameters"),
        ("tools[0].parameters.properties.a", "tools[0].function.parameters"),
        ("max_output_tokens", "max_tokens"),
        ("thinking.budget", "thinking.budget_tokens"),
        ("output_format.schema", "response_format.json_schema.schema"),
        ("output_format", "response_format"),
        ("top_k", "top_k"),
    ],
)
def test_neutral_fields_have_the_callers_names(neutral: str, callers: str) -> None:
    texts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    spoken = ASKED | {"content": "Hi", "refusal": "No.", "reasoning_content": "Hm."}
    decoded = _decode(
        messages=[
            {"role": "user", "content": texts},
            spoken,
            {"role": "tool", "tool_call_id": "call_a", "content": texts},
        ],
        tools=[{"type": "function", "function": {"name": "weather"}}],
        max_tokens=5,
        thinking={"type": "enabled", "budget_tokens": 5},
    )
    assert decoded.name_of(neutral) == callers


def test_what_is_deeper_than_a_name_has_that_name() -> None:
    decoded = Decoded(call=_decode().call, model=None, fields={"a": "b"})
    assert [decoded.name_of(neutral) for neutral in ("a", "a[0]", "a.c[1].d", "c")] == ["b", "b", "b", "c"]


def test_names_follow_what_the_caller_used() -> None:
    decoded = _decode(max_completion_tokens=5, reasoning_effort="low", safety_identifier="ada")
    named = [decoded.name_of(neutral) for neutral in ("max_output_tokens", "thinking", "user")]
    assert named == ["max_completion_tokens", "reasoning_effort", "safety_identifier"]
