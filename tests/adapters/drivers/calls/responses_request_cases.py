"""Calls, and the Responses requests that they become."""

from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import (
    Call,
    OutputFormat,
    Thinking,
)
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
from tests.adapters.drivers.calls.contract import Request

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "The weather in a city", SCHEMA, strict=True)
ENCRYPTED = ["reasoning.encrypted_content"]


def _user(*parts: Text | Image) -> Message:
    return Message(Role.USER, parts)


def _body(items: list[Any], **more: Any) -> dict[str, Any]:
    return {"model": "m-1", "store": False, "input": items, **more}


def _item(role: str, content: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


HELLO = _user(Text("Hello"))
SAID_HELLO = _item("user", "Hello")
ASKED = ToolUse("call_a", "weather", '{"city":"Oslo"}', signature="another vendor's")
ASKED_ITEM = {
    "type": "function_call",
    "call_id": "call_a",
    "name": "weather",
    "arguments": '{"city":"Oslo"}',
}
PNG = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
SEEN = [
    {"type": "input_text", "text": "What is it?"},
    {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
    {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"},
]
SHOWN = (Text("What is it?"), Image(url="https://example.com/a.png"), PNG)


def _plain_requests() -> dict[str, Request]:
    return {
        "text": Request(
            Call(messages=(Message(Role.SYSTEM, (Text("Be brief."),)), HELLO)),
            _body([_item("system", "Be brief."), SAID_HELLO]),
            headers={"content-type": "application/json", "accept": "application/json"},
        ),
        "stream": Request(
            Call(messages=(HELLO,), stream=True),
            _body([SAID_HELLO], stream=True),
            headers={"accept": "text/event-stream"},
        ),
        "every sampling field": Request(
            Call(
                messages=(HELLO,),
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
                user="ada",
            ),
            _body(
                [SAID_HELLO],
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
                user="ada",
            ),
        ),
        "images": Request(Call(messages=(_user(*SHOWN),)), _body([_item("user", SEEN)])),
    }


def _formed_requests() -> dict[str, Request]:
    return {
        "structured output": Request(
            Call(messages=(HELLO,), output_format=OutputFormat(SCHEMA, "place", strict=True)),
            _body(
                [SAID_HELLO],
                text={"format": {"type": "json_schema", "name": "place", "schema": SCHEMA, "strict": True}},
            ),
        ),
        "any JSON": Request(
            Call(messages=(HELLO,), output_format=OutputFormat()),
            _body([SAID_HELLO], text={"format": {"type": "json_object"}}),
        ),
        "seed": Request(Call(messages=(HELLO,), seed=0), refused="seed"),
        "stop": Request(Call(messages=(HELLO,), stop=("###",)), refused="stop"),
        "a refusal before": Request(
            Call(messages=(Message(Role.ASSISTANT, (Text("Hm."), Refusal("No."))), HELLO)),
            _body(
                [
                    _item(
                        "assistant",
                        [
                            {"type": "output_text", "text": "Hm.", "annotations": []},
                            {"type": "refusal", "refusal": "No."},
                        ],
                    ),
                    SAID_HELLO,
                ]
            ),
        ),
        "top_k": Request(Call(messages=(HELLO,), top_k=5), refused="top_k"),
        "an image of the assistant": Request(
            Call(messages=(HELLO, Message(Role.ASSISTANT, (Text("See"), PNG)))),
            refused="messages[1].parts[1]",
        ),
    }


def _tool_requests() -> dict[str, Request]:
    tool = {
        "type": "function",
        "name": "weather",
        "description": "The weather in a city",
        "parameters": SCHEMA,
        "strict": True,
    }
    # A function is strict by default in this protocol only, so it is said that this one is not.
    now = {"type": "function", "name": "now", "parameters": {"type": "object"}, "strict": False}
    return {
        "tools": Request(
            Call(
                messages=(HELLO,),
                tools=(WEATHER, Tool("now", None, {"type": "object"})),
                tool_choice=ToolChoice("named", "weather"),
                parallel_tool_calls=False,
            ),
            _body(
                [SAID_HELLO],
                tools=[tool, now],
                tool_choice={"type": "function", "name": "weather"},
                parallel_tool_calls=False,
            ),
        ),
        "a tool must be used": Request(
            Call(messages=(HELLO,), tools=(WEATHER,), tool_choice=ToolChoice("required")),
            _body([SAID_HELLO], tools=[tool], tool_choice="required"),
        ),
    }


def _answered_requests() -> dict[str, Request]:
    asked = Message(Role.ASSISTANT, (Text("Let me see."), ASKED))

    def answered(result: ToolResult) -> Call:
        return Call(messages=(HELLO, asked, Message(Role.TOOL, (result,))))

    def answered_body(output: Any) -> dict[str, Any]:
        result = {"type": "function_call_output", "call_id": "call_a", "output": output}
        return _body([SAID_HELLO, _item("assistant", "Let me see."), ASKED_ITEM, result])

    return {
        "tool results": Request(
            answered(ToolResult("call_a", "weather", (Text("-3"),))), answered_body("-3")
        ),
        "an empty tool result": Request(answered(ToolResult("call_a", "weather", ())), answered_body("")),
        "tool results with images": Request(
            answered(ToolResult("call_a", "weather", SHOWN)), answered_body(SEEN)
        ),
        "a failed tool": Request(
            answered(ToolResult("call_a", "weather", (Text("no"),), is_error=True)),
            refused="messages[2].parts[0].is_error",
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thinking(thinking: Thinking, **more: Any) -> Request:
        return Request(Call(messages=(HELLO,), thinking=thinking), _body([SAID_HELLO], **more))

    def loop(*thoughts: Reasoning) -> Call:
        return Call(messages=(HELLO, Message(Role.ASSISTANT, (*thoughts, Text("So."), ASKED))))

    rest = [_item("assistant", "So."), ASKED_ITEM]
    signed = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Cold."}], "id": "rs_1"}
    return {
        "effort": thinking(
            Thinking(effort="high", summary=True),
            reasoning={"effort": "high", "summary": "auto"},
            include=ENCRYPTED,
        ),
        "no effort": thinking(Thinking(effort="none"), reasoning={"effort": "none"}),
        "a model that thinks": Request(
            Call(messages=(HELLO,)),
            _body([SAID_HELLO], include=ENCRYPTED),
            model=CallModel("m-1", {"thinking": True}),
        ),
        "budget": Request(Call(messages=(HELLO,), thinking=Thinking(budget=2048)), refused="thinking.budget"),
        "reasoning loop": Request(
            loop(Reasoning("Cold.", Protocol.RESPONSES, "c2ln", id="rs_1")),
            _body([SAID_HELLO, signed | {"encrypted_content": "c2ln"}, *rest], include=ENCRYPTED),
        ),
        "reasoning loop of a model that shows its thoughts": Request(
            loop(Reasoning("Cold.", Protocol.RESPONSES)),
            _body(
                [
                    SAID_HELLO,
                    {
                        "type": "reasoning",
                        "summary": [],
                        "content": [{"type": "reasoning_text", "text": "Cold."}],
                    },
                    *rest,
                ]
            ),
        ),
        "another protocol's reasoning": Request(
            loop(Reasoning("Cold.", Protocol.MESSAGES, signature="c2ln")), _body([SAID_HELLO, *rest])
        ),
    }


REQUESTS = (
    _plain_requests() | _formed_requests() | _tool_requests() | _answered_requests() | _reasoning_requests()
)
