"""Thoughts that came among words and calls go back in their places, through one that has no such places."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.messages import MessagesDriver
from api.calls import chat
from api.calls.decoded import BadCall
from domain.call import (
    ArgumentsCame,
    Began,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from domain.conversation import Part, Protocol, Reasoning, Refusal, Role, Text, ToolUse
from tests.adapters.drivers.calls import messages_wire as anthropic

HEAD = chat.Head("chatcmpl-1", "m-1", 1)


def _thinking(number: int) -> dict[str, Any]:
    return {"type": "thinking", "thinking": f"Thought {number}.", "signature": f"c2ln{number}"}


def _sent_back(message: dict[str, Any]) -> tuple[Part, ...]:
    body = {"messages": [{"role": "user", "content": "Hi"}, message]}
    return chat.decode(json.dumps(body).encode()).call.messages[-1].parts


def _message(events: list[CallEvent]) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(chat.whole(events, HEAD))["choices"][0]["message"]
    return message


def test_blocks_that_anthropic_interleaves_go_back_to_it_in_their_order() -> None:
    content = [
        _thinking(1),
        anthropic.said("Let me see. "),
        _thinking(2),
        anthropic.said("Grüße 👋🏽"),
        _thinking(3),
        anthropic.asked("toolu_a", "Oslo"),
        _thinking(4),
        anthropic.asked("toolu_b", "Rome"),
    ]
    answer = _message(MessagesDriver().whole(anthropic.whole(*content, why="tool_use")))
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "-3"} for call in answer["tool_calls"]]
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    asked = {"messages": [{"role": "user", "content": "Hi"}, answer, *results], "tools": [tool]}
    call = chat.decode(json.dumps(asked).encode()).call
    body = json.loads(MessagesDriver().request(call, CallModel("m-1"), None, "https://a.example").body)
    assert body["messages"][1]["content"] == content


_pieces = st.lists(
    st.sampled_from(["text", "thought", "call"]).flatmap(
        lambda kind: st.tuples(st.just(kind), st.text("aé👋", min_size=1, max_size=4))
    ),
    max_size=8,
)


@given(_pieces)
def test_any_order_that_thoughts_can_tell_apart_comes_back_whole_and_streamed(
    pieces: list[tuple[str, str]],
) -> None:
    events: list[CallEvent] = [Began(None, None)]
    thoughts = calls = 0
    for kind, text in pieces:
        match kind:
            case "text":
                events.append(TextCame(text))
            case "thought":
                events.append(ReasoningCame(thoughts, text))
                events.append(ReasoningEnded(thoughts, text, Protocol.MESSAGES, "c2ln"))
                thoughts += 1
            case _:
                events += [ToolUseBegan(calls, f"call_{calls}", text), ArgumentsCame(calls, "{}")]
                calls += 1
    events.append(Ended(StopReason.END, Usage()))
    whole = _sent_back(_message(events))
    assert _marks(whole) == _wanted(pieces)
    assert _sent_back(_added_up(events)) == whole


def _wanted(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Between two thoughts, words come before calls: Chat Completions has no order of these two."""
    order: list[tuple[str, str]] = []
    words, calls = "", []
    for kind, text in [*pieces, ("thought", "")]:
        if kind == "text":
            words += text
        elif kind == "call":
            calls.append((kind, text))
        else:
            order += ([("text", words)] if words else []) + calls + ([(kind, text)] if text else [])
            words, calls = "", []
    return order


def _marks(parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    marks = []
    for part in parts:
        match part:
            case Text(text):
                marks.append(("text", text))
            case Reasoning(text):
                marks.append(("thought", text))
            case ToolUse(name=name):
                marks.append(("call", name))
    return marks


def _added_up(events: list[CallEvent]) -> dict[str, Any]:
    """The message as a client adds it up from a stream."""
    stream = chat.ChatStream(HEAD, include_usage=False)
    told = b"".join(stream.feed(event) for event in events)
    message: dict[str, Any] = {"role": "assistant", "content": "", "reasoning_details": [], "tool_calls": []}
    for line in told.split(b"\n\n")[:-2]:
        delta = json.loads(line.removeprefix(b"data: "))["choices"][0]["delta"]
        message["content"] += delta.get("content") or ""
        message["reasoning_details"] += delta.get("reasoning_details", [])
        for call in delta.get("tool_calls", []):
            if "id" in call:
                message["tool_calls"].append(call)
            else:
                function = message["tool_calls"][call["index"]]["function"]
                function["arguments"] += call["function"]["arguments"]
    return message


def test_places_that_a_changed_message_no_longer_has_lose_nothing() -> None:
    detail = {"type": "reasoning", "protocol": "messages", "text": "Hm.", "after_text": 9, "after_calls": 4}
    call = {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    message = {"role": "assistant", "content": "Hi", "refusal": "No.", "tool_calls": [call]}
    thought = Reasoning("Hm.", Protocol.MESSAGES)
    parts = _sent_back(message | {"reasoning_details": [detail]})
    assert parts == (Text("Hi"), ToolUse("call_a", "weather", "{}"), thought, Refusal("No."))
    texts = [{"type": "text", "text": "He"}, {"type": "text", "text": "llo"}]
    split = {"role": "assistant", "content": texts, "reasoning_details": [detail | {"after_text": 3}]}
    assert _sent_back(split) == (Text("He"), Text("l"), thought, Text("lo"))


def test_a_place_that_is_none_is_refused_by_its_name() -> None:
    detail = {"type": "reasoning", "protocol": "messages", "after_text": -1}
    with pytest.raises(BadCall) as caught:
        _sent_back({"role": Role.ASSISTANT, "content": "Hi", "reasoning_details": [detail]})
    assert caught.value.field == "messages[1].reasoning_details[0].after_text"
