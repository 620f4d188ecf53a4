"""How the items of a Responses request are read as messages, and which is named that cannot be."""

from typing import Any

import pytest

from api.calls.responses_reasoning import CallSignature, carried, carried_signature
from domain.conversation import (
    Image,
    Message,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolResult,
    ToolUse,
)
from tests.api.calls.responses_asked import decoded, refused

CALLED = {"type": "function_call", "call_id": "call_a", "name": "weather", "arguments": '{"city":"Oslo"}'}
ANSWERED = {"type": "function_call_output", "call_id": "call_a", "output": "-3"}
USED = ToolUse("call_a", "weather", '{"city":"Oslo"}')


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
