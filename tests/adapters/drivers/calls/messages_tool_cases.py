"""Calls with tools, their results and thoughts, and what they become in Anthropic's Messages."""

from typing import Any

from domain.call import Call
from domain.conversation import (
    Image,
    Message,
    Protocol,
    Reasoning,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from tests.adapters.drivers.calls.contract import Request
from tests.adapters.drivers.calls.messages_said import (
    ASKED,
    HELLO,
    LINKED,
    PLAIN,
    PNG,
    SAID_ASKED,
    SAID_HELLO,
    SAID_LINKED,
    SAID_PNG,
    SAID_WEATHER,
    WEATHER,
    body,
    told,
)


def _tool_requests() -> dict[str, Request]:
    def chosen(mode: Any, name: str | None = None, *, parallel: bool | None = None) -> Call:
        choice = None if mode is None else ToolChoice(mode, name)
        return Call(messages=(HELLO,), tools=(WEATHER,), tool_choice=choice, parallel_tool_calls=parallel)

    def choosing(**choice: Any) -> dict[str, Any]:
        return body(SAID_HELLO, tools=[SAID_WEATHER], tool_choice=choice)

    now = {"name": "now", "input_schema": {"type": "object"}}
    return {
        "tools": Request(
            Call(
                messages=(HELLO,),
                tools=(WEATHER, Tool("now", None, {})),
                tool_choice=ToolChoice("named", "weather"),
                parallel_tool_calls=False,
            ),
            body(
                SAID_HELLO,
                tools=[SAID_WEATHER, now],
                tool_choice={"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
            ),
        ),
        "a tool must be used": Request(chosen("required"), choosing(type="any")),
        "no tool may be used": Request(chosen("none", parallel=False), choosing(type="none")),
        "any or none": Request(chosen("auto", parallel=True), choosing(type="auto")),
        "one at a time": Request(
            chosen(None, parallel=False), choosing(type="auto", disable_parallel_tool_use=True)
        ),
        "tools without a choice": Request(chosen(None), body(SAID_HELLO, tools=[SAID_WEATHER])),
        "a choice without tools": Request(
            Call(messages=(HELLO,), tool_choice=ToolChoice("auto"), parallel_tool_calls=False),
            body(SAID_HELLO),
        ),
        "a promise the model cannot keep": Request(chosen(None), refused="tools[0].strict", model=PLAIN),
    }


def _result_requests() -> dict[str, Request]:
    asked = Message(Role.ASSISTANT, (Text(""), ASKED))
    said_asked = {"role": "assistant", "content": [SAID_ASKED]}

    def answered(*results: ToolResult) -> Call:
        told = tuple(Message(Role.TOOL, (result,)) for result in results)
        return Call(messages=(HELLO, asked, *told, Message(Role.USER, (Text("And?"),))))

    def answers(*results: dict[str, Any]) -> dict[str, Any]:
        told = {"role": "user", "content": [*results, {"type": "text", "text": "And?"}]}
        return body(SAID_HELLO, said_asked, told)

    def result(*content: dict[str, Any], tool_id: str = "toolu_a", **more: Any) -> dict[str, Any]:
        return {"type": "tool_result", "tool_use_id": tool_id, "content": list(content), **more}

    odd = ToolUse("call:1", "weather", " ")
    odd_id = "toolu_0af6315558b41599b4a0fbfa"
    return {
        "tool results": Request(
            answered(ToolResult("toolu_a", "weather", (Text("-3"),)), ToolResult("toolu_b", "now", ())),
            answers(result({"type": "text", "text": "-3"}), result(tool_id="toolu_b")),
        ),
        "tool results with images": Request(
            answered(ToolResult("toolu_a", "weather", (Text("See"), LINKED, PNG))),
            answers(result({"type": "text", "text": "See"}, SAID_LINKED, SAID_PNG)),
        ),
        "a result's image without its type": Request(
            answered(ToolResult("toolu_a", "weather", (Image(data="aa"),))),
            refused="messages[2].parts[0].content[0]",
        ),
        "a failed tool": Request(
            answered(ToolResult("toolu_a", "weather", (Text("no"),), is_error=True)),
            answers(result({"type": "text", "text": "no"}, is_error=True)),
        ),
        "another vendor's ids": Request(
            Call(
                messages=(
                    HELLO,
                    Message(Role.ASSISTANT, (odd,)),
                    Message(Role.TOOL, (ToolResult("call:1", "w", ()),)),
                )
            ),
            body(
                SAID_HELLO,
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": odd_id, "name": "weather", "input": {}}],
                },
                {"role": "user", "content": [result(tool_id=odd_id)]},
            ),
        ),
        "arguments that are no JSON": Request(
            told(ToolUse("a", "weather", "{")), refused="messages[1].parts[0]"
        ),
        "arguments that are no object": Request(
            told(ToolUse("a", "weather", "[]")), refused="messages[1].parts[0]"
        ),
        "arguments without a bottom": Request(
            told(ToolUse("a", "weather", "[" * 9_999)), refused="messages[1].parts[0]"
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thought(*reasoning: Reasoning) -> Call:
        return told(*reasoning, Text("So."), ASKED)

    def said(*blocks: dict[str, Any]) -> dict[str, Any]:
        rest = [{"type": "text", "text": "So."}, SAID_ASKED]
        return body(SAID_HELLO, {"role": "assistant", "content": [*blocks, *rest]})

    return {
        "reasoning loop": Request(
            thought(
                Reasoning("Oslo is cold.", Protocol.MESSAGES, "c2ln"),
                Reasoning("", Protocol.MESSAGES, "ZGF0YQ==", redacted=True),
                Reasoning("", Protocol.MESSAGES, "b21pdA=="),
            ),
            said(
                {"type": "thinking", "thinking": "Oslo is cold.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "ZGF0YQ=="},
                {"type": "thinking", "thinking": "", "signature": "b21pdA=="},
            ),
        ),
        "another protocol's reasoning": Request(
            thought(Reasoning("Oslo is cold.", Protocol.GENERATE_CONTENT, "c2ln")), said()
        ),
        "reasoning that nobody signed": Request(thought(Reasoning("Cold.", Protocol.MESSAGES)), said()),
    }


TOOL_REQUESTS = {**_tool_requests(), **_result_requests(), **_reasoning_requests()}
