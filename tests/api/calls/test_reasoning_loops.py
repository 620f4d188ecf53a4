"""What a vendor signed goes back to it unchanged, through either protocol, when a tool has answered."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.drivers.calls.driver import CallDriver, CallModel
from adapters.drivers.calls.generate_content import GenerateContentDriver
from adapters.drivers.calls.messages import MessagesDriver
from api.calls import chat, responses
from domain.call import CallEvent
from tests.adapters.drivers.calls import generate_cases, messages_cases

MODEL = CallModel("m-1")
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}

Again = Callable[[list[CallEvent]], bytes]


def _again_in_chat(events: list[CallEvent]) -> bytes:
    """The next request of a caller of Chat Completions, who sends the message back as it came."""
    answer = json.loads(chat.whole(events, chat.Head("chatcmpl-1", "m-1", 1)))["choices"][0]["message"]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "-3"} for call in answer["tool_calls"]]
    tool = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    messages = [{"role": "user", "content": "Hello"}, answer, *results]
    return json.dumps({"model": "m", "messages": messages, "tools": [tool]}).encode()


def _again_in_responses(events: list[CallEvent]) -> bytes:
    """The next request of a caller of Responses, who sends the items back as they came."""
    items = json.loads(responses.whole(events, responses.ResponseHead("resp_1", "m-1", 1), {}))["output"]
    results = [
        {"type": "function_call_output", "call_id": item["call_id"], "output": "-3"}
        for item in items
        if item["type"] == "function_call"
    ]
    tool = {"type": "function", "name": "weather", "parameters": SCHEMA}
    said = [{"role": "user", "content": "Hello"}, *items, *results]
    return json.dumps({"model": "m", "input": said, "tools": [tool], "store": False}).encode()


ASKED = [
    pytest.param(_again_in_chat, chat.decode, id="chat"),
    pytest.param(_again_in_responses, responses.decode, id="responses"),
]


def _sent_back(driver: CallDriver, answer: bytes, again: Again, decode: Callable[[bytes], Any]) -> Any:
    decoded = decode(again(driver.whole(answer)))
    return json.loads(driver.request(decoded.call, MODEL, None, "https://a.example").body)


@pytest.mark.parametrize(("again", "decode"), ASKED)
def test_anthropics_thoughts_go_back_signed_and_redacted_before_the_tool_they_led_to(
    again: Again, decode: Callable[[bytes], Any]
) -> None:
    answer = messages_cases.TABLE.answers["reasoning, then tools"].whole or b""
    body = _sent_back(MessagesDriver(), answer, again, decode)
    assert body["messages"][1] == {"role": "assistant", "content": json.loads(answer)["content"]}
    assert [block["type"] for block in body["messages"][2]["content"]] == ["tool_result"]


@pytest.mark.parametrize(("again", "decode"), ASKED)
def test_geminis_signature_goes_back_on_the_call_it_came_with(
    again: Again, decode: Callable[[bytes], Any]
) -> None:
    answer = generate_cases.TABLE.answers["reasoning, then tools"].whole or b""
    body = _sent_back(GenerateContentDriver(), answer, again, decode)
    sent = json.loads(answer)["candidates"][0]["content"]["parts"]
    thoughts, calls = body["contents"][1]["parts"][:-2], body["contents"][1]["parts"][-2:]
    assert thoughts == [{"text": "It asks for Oslo.", "thought": True}]
    for call, came in zip(calls, [part for part in sent if "functionCall" in part], strict=True):
        assert call.get("thoughtSignature") == came.get("thoughtSignature")
        assert call["functionCall"] == {"id": call["functionCall"]["id"], **came["functionCall"]}
    answered = [part["functionResponse"] for part in body["contents"][2]["parts"]]
    assert [(one["name"], one["id"]) for one in answered] == [
        ("weather", call["functionCall"]["id"]) for call in calls
    ]


@pytest.mark.parametrize(("again", "decode"), ASKED)
def test_one_vendors_thoughts_are_not_shown_to_another(again: Again, decode: Callable[[bytes], Any]) -> None:
    answer = messages_cases.TABLE.answers["reasoning, then tools"].whole or b""
    decoded = decode(again(MessagesDriver().whole(answer)))
    body = GenerateContentDriver().request(decoded.call, MODEL, None, "https://a.example").body
    assert b"weather" in body
    assert b"c2ln" not in body
    assert b"It asks for Oslo" not in body
